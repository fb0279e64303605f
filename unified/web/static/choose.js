// Searches an account's resources while the person types: fetches the same page with the text and copies its list.
// Ticked resources stay in the list. Without JavaScript the form does the same, one page at a time.
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
  const query = new URLSearchParams(new FormData(box.form));
  const response = await fetch(`${box.form.action}?${query}`, { redirect: "manual" });
  if (!response.ok || current !== latest) {
    return;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const chosen = ticked();
  const matches = [...page.querySelector("[data-results]").children];
  const known = new Set(chosen.map(name));
  list.replaceChildren(...chosen, ...matches.filter((row) => !known.has(name(row))));
  counter.textContent = matches.length ? counter.dataset.count.replace("#", matches.length) : counter.dataset.none;
}

if (box) {
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => search().catch(() => {}), DELAY_MS);
  });
}
