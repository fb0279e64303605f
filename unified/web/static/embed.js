// Connects an account from your page. Unified.connect(url) opens the link in a window of its own, or in this one where windows are blocked,
// until the account is connected, or the link or the window is gone. A message from the window is only a hint to look at once.
// Unified.approve(url) opens the page of an approval in the same way, until the write is decided or the window is closed.
(() => {
  const NAME = "unified-connect";
  const FEATURES = "popup,width=520,height=760";
  const OVER = ["completed", "expired"];
  const LAST_LOOKS = 4000; // ms: the account may be connected while the window closes.
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  // The page to which the browser comes back: tell the page that opened this window, which has the same origin, and close.
  if (window.name === NAME && window.opener && /[?&](account_id|status)=/.test(location.search)) {
    try {
      const left = /[?&]reason=cancelled/.test(location.search);
      window.opener.postMessage({ type: NAME, left }, location.origin);
      window.close();
    } catch {
      // Not the same origin any more: this page stays.
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

  // Looks until the link is over, at once when its window says so; `failed` ends it only then or when the window is gone.
  async function watch(link, { onChange = () => {}, interval = 2000, child = null, signal } = {}) {
    let hinted = false;
    let end = Infinity;
    let wake = () => {};
    const listen = (event) => {
      if (event.origin !== location.origin || event.source !== child || event.data?.type !== NAME) return;
      hinted = true;
      if (event.data.left) end = 0;
      wake();
    };
    window.addEventListener("message", listen);
    try {
      for (let last = "open"; ; ) {
        const now = await read(link);
        if (signal?.aborted) return { status: "aborted", account_id: null, reason: null };
        if (now && now.status !== last) onChange(now);
        if (now && (OVER.includes(now.status) || (hinted && now.status === "failed"))) return now;
        if (Date.now() > end) return now?.status === "failed" ? now : { account_id: null, reason: null, ...now, status: "cancelled" };
        if (child?.closed) end = Math.min(end, Date.now() + LAST_LOOKS);
        last = now ? now.status : last;
        await Promise.race([wait(interval), new Promise((done) => { wake = done; })]);
      }
    } finally {
      window.removeEventListener("message", listen);
    }
  }

  function connect(link, options) {
    const child = window.open(link, NAME, FEATURES);
    if (!child) {
      location.assign(link);
      return new Promise(() => {}); // The browser comes back to the link's return_url.
    }
    return watch(link, { ...options, child });
  }

  const HOME = new URL(document.currentScript?.src || location.href).origin;
  const APPROVAL = /^(?:\/ui)?(\/approvals\/apr_[0-9A-Za-z]+)$/;
  const RUNNING = ["pending", "approved"];
  const UNHEARD = `Unified.approve: the window was closed before its page had loaded, or the page does not report to ${location.origin}: `
    + "add this origin to the tenant's return_origins";

  // Settles when the window reports how the approval ended, which it does only to the tenant's origins, or is gone.
  function decided(child) {
    return new Promise((resolve, reject) => {
      let heard = false;
      const listen = ({ origin, source, data }) => {
        if (origin !== HOME || source !== child || data?.type !== "unified-approval") return;
        heard = true;
        if (!RUNNING.includes(data.status)) end(() => resolve({ status: data.status }));
      };
      const gone = () => end(() => (heard ? resolve({ status: "closed" }) : reject(new Error(UNHEARD))));
      const timer = setInterval(() => child.closed && setTimeout(gone, 500), 500); // Its last message may still be on the way.
      const end = (settle) => {
        clearInterval(timer);
        window.removeEventListener("message", listen);
        settle();
      };
      window.addEventListener("message", listen);
    });
  }

  async function approve(link) {
    const [, path] = (`${link}`.startsWith(HOME) && APPROVAL.exec(`${link}`.slice(HOME.length))) || [];
    if (!path) throw new Error(`Unified.approve: expected ${HOME}/approvals/apr_…, got ${link}`);
    const child = window.open("", path, FEATURES);
    if (!child) throw new Error("Unified.approve: the browser blocked the window; call it in response to a click");
    // A link names the origin of this page to the window, whatever the page's own Referrer-Policy.
    Object.assign(document.createElement("a"), { href: HOME + path, target: path, referrerPolicy: "origin" }).click();
    const outcome = await decided(child);
    if (["executed", "declined"].includes(outcome.status)) child.close(); // Of other outcomes, the page says what to do.
    return outcome;
  }

  window.Unified = { connect, watch, approve };
})();
