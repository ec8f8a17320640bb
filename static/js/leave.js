// Quick exit: one tap, or Escape three times, and this page is gone before anything else is done.
(() => {
  const form = document.getElementById("quick-exit");
  if (!form) return;
  const { to, title } = form.dataset;
  const gone = () => { document.documentElement.hidden = true; };
  let leaving = false;
  const leave = () => {
    if (leaving) return;
    leaving = true;
    gone();
    document.title = title;
    for (const kept of ["localStorage", "sessionStorage"]) {
      try { self[kept].clear(); } catch { /* blocked: nothing is in it */ }
    }
    // The worker, where there is one, takes it from here (worker/kept.js); else it goes to the server by itself.
    fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ user: document.body.dataset.user }),
      keepalive: true,
    }).catch(() => {});
    location.replace(to);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    leave();
  });
  let pressed = [];
  addEventListener("keydown", ({ key, repeat }) => {
    if (key !== "Escape" || repeat) pressed = key === "Escape" ? pressed : [];
    else pressed = [...pressed.slice(-2), performance.now()];
    if (pressed.length === 3 && pressed[2] - pressed[0] < 2000) leave();
  }, true);
  // Kept by the browser for its Back button in spite of all: it shows nothing and asks the server anew.
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted || !leaving) return;
    gone();
    location.replace(to);
  });
})();
