// Searches a list of boxes while the person types: fetches the same page with the text and copies its list.
// Ticked boxes stay in the list. Without JavaScript the form does the same, one page at a time.
// A field with data-address is in the form that will be sent, so only its text is sent to search, never the rest of the form.
const DELAY_MS = 300;
const box = document.getElementById("q");
const list = document.querySelector("[data-results]");
const counter = document.querySelector("[data-found]");
let timer;
let latest = 0;

function ticked() {
  return [...list.children].filter((row) => row.querySelector("[type=checkbox]").checked);
}

function name(row) {
  return row.querySelector("[type=checkbox]").name;
}

async function search() {
  const current = ++latest;
  const { address } = box.dataset;
  const query = new URLSearchParams(address ? { [box.name]: box.value } : new FormData(box.form));
  const response = await fetch(`${address ?? box.form.action}?${query}`, { redirect: "manual" });
  if (!response.ok || current !== latest) {
    return;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const chosen = ticked();
  const matches = [...page.querySelector("[data-results]").children];
  const known = new Set(chosen.map(name));
  list.replaceChildren(...chosen, ...matches.filter((row) => !known.has(name(row))));
  document.querySelector("[data-pages]")?.replaceWith(...page.querySelectorAll("[data-pages]"));
  const shown = document.querySelector("[data-shown]");
  if (shown) {
    shown.value = box.value;
  }
  counter.textContent = matches.length ? counter.dataset.count.replace("#", matches.length) : counter.dataset.none;
}

if (box) {
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => search().catch(() => {}), DELAY_MS);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && box.dataset.address) {
      event.preventDefault();
      clearTimeout(timer);
      search().catch(() => {});
    }
  });
}
