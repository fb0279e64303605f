// Searches an account's resources while somebody types: asks for the same page with the text and takes over its list.
// What is ticked stays, found or not. Without script the form does the same, one page after the other.
const AFTER_MS = 300;
const box = document.getElementById("q");
const list = document.querySelector("[data-results]");
const said = document.querySelector("[data-found]");
let waits;
let asked = 0;

function ticked() {
  return [...list.children].filter((one) => one.querySelector("[type=checkbox]").checked);
}

function name(row) {
  return row.querySelector("[type=checkbox]").name;
}

async function search() {
  const mine = ++asked;
  const query = new URLSearchParams(new FormData(box.form));
  const answer = await fetch(`${box.form.action}?${query}`, { redirect: "manual" });
  if (!answer.ok || mine !== asked) {
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const kept = ticked();
  const found = [...page.querySelector("[data-results]").children];
  const known = new Set(kept.map(name));
  list.replaceChildren(...kept, ...found.filter((one) => !known.has(name(one))));
  said.textContent = found.length ? said.dataset.count.replace("#", found.length) : said.dataset.none;
}

if (box) {
  box.addEventListener("input", () => {
    clearTimeout(waits);
    waits = setTimeout(() => search().catch(() => {}), AFTER_MS);
  });
}
