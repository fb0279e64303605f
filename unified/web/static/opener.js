// Reports the status of an approval, and nothing else, to the page that opened this window with Unified.approve(). The first page in the window
// names that page's origin once the service has found it among the tenant's; browsers deliver what is sent here to no other origin.
(() => {
  const { content: approval, dataset } = document.querySelector("meta[name=approval]");
  const { origin, status = "pending" } = dataset;
  const key = `opener of ${approval}`; // Of this approval only: the person may look at others in the same window.
  if (origin) sessionStorage.setItem(key, origin);
  const target = sessionStorage.getItem(key);
  if (target && window.opener) window.opener.postMessage({ type: "unified-approval", status }, target);
})();
