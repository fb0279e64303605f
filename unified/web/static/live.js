// Keeps the accounts page current while it is open: fetches the same page again and copies what changed.
// Parts that hold the focus are left alone, and a new status is announced to screen readers.
const INTERVAL_MS = 5000;
const announcer = document.querySelector("[data-live-news]");

function update(current, fetched) {
  for (const part of current.querySelectorAll("[data-live]")) {
    const newer = fetched.querySelector(`[data-live="${part.dataset.live}"]`);
    if (newer && newer.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) {
      part.replaceChildren(...newer.childNodes);
    }
  }
}

function status(account) {
  return account.querySelector(".status").textContent;
}

function announce(account) {
  const name = account.querySelector("[data-name]").textContent;
  announcer.textContent = announcer.dataset.words.replace("#name", () => name).replace("#status", () => status(account));
}

async function refresh() {
  if (document.hidden) {
    return;
  }
  const response = await fetch(location.href, { redirect: "manual" });
  if (!response.ok) {
    return;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const account of document.querySelectorAll("[data-account]")) {
    const newer = page.querySelector(`[data-account="${account.dataset.account}"]`);
    if (newer) {
      const before = status(account);
      const after = status(newer);
      update(account, newer);
      if (before !== after) {
        announce(account);
      }
    }
  }
}

setInterval(() => refresh().catch(() => {}), INTERVAL_MS);
