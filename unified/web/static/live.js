// Keeps the accounts page true while it is open: asks for the same page again and takes over what changed.
// Parts that hold the focus are left alone, and a new status is said to screen readers.
const EVERY_MS = 5000;
const news = document.querySelector("[data-live-news]");

function take(now, then) {
  for (const part of now.querySelectorAll("[data-live]")) {
    const newer = then.querySelector(`[data-live="${part.dataset.live}"]`);
    if (newer && newer.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) {
      part.replaceChildren(...newer.childNodes);
    }
  }
}

function status(account) {
  return account.querySelector(".status").textContent;
}

function tell(account) {
  const name = account.querySelector("[data-name]").textContent;
  news.textContent = news.dataset.words.replace("#name", () => name).replace("#status", () => status(account));
}

async function refresh() {
  if (document.hidden) {
    return;
  }
  const answer = await fetch(location.href, { redirect: "manual" });
  if (!answer.ok) {
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const account of document.querySelectorAll("[data-account]")) {
    const newer = page.querySelector(`[data-account="${account.dataset.account}"]`);
    if (newer) {
      const before = status(account);
      const after = status(newer);
      take(account, newer);
      if (before !== after) {
        tell(account);
      }
    }
  }
}

setInterval(() => refresh().catch(() => {}), EVERY_MS);
