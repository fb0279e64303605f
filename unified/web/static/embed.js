// Connects an account from a page of your application. Unified.connect(url) opens the connect link in a window of its own, or in this
// one where windows are blocked, and answers once the account is connected or the link is over. What the link's status says is true;
// a message from the window is only a hint to look at once.
(() => {
  const NAME = "unified-connect";
  const OVER = ["completed", "expired"];
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  // The page to which the browser comes back: tell the page that opened this window, which has the same origin, and close.
  if (window.name === NAME && window.opener && /[?&](account_id|status)=/.test(location.search)) {
    try {
      window.opener.postMessage({ type: NAME }, location.origin);
      window.close();
    } catch {
      // Not the same origin any more: this page stays, as without windows.
    }
  }

  async function read(link) {
    const address = new URL(link);
    address.pathname += "/status";
    try {
      const answer = await fetch(address, { credentials: "omit", cache: "no-store" });
      if (answer.ok) return answer.json();
      return answer.status === 404 ? { status: "expired", account_id: null, reason: null } : null;
    } catch {
      return null; // No network; the next look may succeed.
    }
  }

  // Looks until the link is over, at once when its window says so; `failed` ends it only then, as the person may be trying again.
  async function watch(link, { onChange = () => {}, interval = 2000, child = null, signal } = {}) {
    let hinted = false;
    let wake = () => {};
    const listen = (event) => {
      if (event.origin !== location.origin || event.source !== child || event.data?.type !== NAME) return;
      hinted = true;
      wake();
    };
    window.addEventListener("message", listen);
    try {
      for (let last = "open"; ; ) {
        const now = await read(link);
        if (signal?.aborted) return { status: "aborted", account_id: null, reason: null };
        if (now && now.status !== last) onChange(now);
        if (now && (OVER.includes(now.status) || (hinted && now.status === "failed"))) return now;
        last = now ? now.status : last;
        await Promise.race([wait(interval), new Promise((done) => { wake = done; })]);
      }
    } finally {
      window.removeEventListener("message", listen);
    }
  }

  function connect(link, options) {
    const child = window.open(link, NAME, "popup,width=520,height=760");
    if (!child) {
      location.assign(link);
      return new Promise(() => {}); // The browser comes back to the link's return_url.
    }
    return watch(link, { ...options, child });
  }

  window.Unified = { connect, watch };
})();
