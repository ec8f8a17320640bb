// Turning notifications on, on the reminders page. One of the pieces in #here shows: what is true of this browser.
(() => {
  const here = document.getElementById("here");
  if (!here) return;
  const pieces = [...here.querySelectorAll("[data-when]")];
  const show = (when) => pieces.forEach((piece) => { piece.hidden = piece.dataset.when !== when; });
  const apple = /iPhone|iPad|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
  const able = "serviceWorker" in navigator && "PushManager" in self && "Notification" in self && self.cairn?.subscribe;

  const look = () => {
    if (document.body.dataset.push) here.hidden = true; // it stands in the list
    else if (!able) show(apple && !navigator.standalone ? "home-screen" : "unable");
    else show(Notification.permission === "denied" ? "denied" : "off");
  };

  const said = here.querySelector("[data-said]");
  const trouble = said.textContent;
  here.querySelector("[data-turn-on]").addEventListener("click", async ({ currentTarget: button }) => {
    button.disabled = true;
    said.hidden = true;
    try {
      if (await Notification.requestPermission() === "granted") {
        const told = await self.cairn.subscribe();
        if (told === true) return location.assign("/reminders"); // this page may be the answer to a form
        said.textContent = told;
        said.hidden = false;
      }
    } catch {
      said.textContent = trouble;
      said.hidden = false;
    }
    button.disabled = false;
    look();
    const now = here.querySelector("[data-when]:not([hidden])");
    if (now.contains(button)) return button.focus();
    now.tabIndex = -1; // the button went away: its place is taken by what to do
    now.focus();
  });
  look();
})();
