// Push. Something is always shown, or the browser takes the subscription away.
const PICTURES = { icon: CAIRN.icon, badge: CAIRN.badge };
// Only for a message that can't be read, which nobody's Cairn sends: it is in no language but this one.
const UNREADABLE = { title: "Cairn: you have something for today".replace("Cairn", CAIRN.name), navigate: "/" };

// Only ever a page of ours, whatever was sent.
const page = (address) => {
  try {
    const { pathname, search } = new URL(address, location.origin);
    return location.origin + pathname + search;
  } catch {
    return location.origin + "/";
  }
};

const read = (data) => {
  try {
    const told = data.json();
    return typeof told.notification.title === "string" ? told : { notification: UNREADABLE };
  } catch {
    return { notification: UNREADABLE };
  }
};

const notify = (title, { navigate, ...more }) =>
  registration.showNotification(title, { ...PICTURES, ...more, data: { navigate: page(navigate) } });

const show = async ({ notification: said }) => {
  const { title, body, navigate, lang, tag = "", actions = [] } = said;
  const most = Notification.maxActions ?? 0;
  await notify(title, {
    body, navigate, lang, tag,
    // The same once more takes its place without a sound, unless it is to be heard: once more, or later as asked.
    renotify: said.renotify === true && !!tag,
    actions: actions.slice(0, most).map(({ action, title }) => ({ action, title })),
  });
};
// How many things wait, on the app's icon; 0 takes it away. Safari reads the same from the message by itself.
const count = async (number) => {
  if (Number.isSafeInteger(number) && number >= 0) await navigator.setAppBadge?.(number).catch(() => {});
};
addEventListener("push", (event) => {
  event.waitUntil((async () => {
    if (await self.signedOut(event)) return notify(CAIRN.name, { navigate: "/" });
    const told = read(event.data);
    const shown = show(told).catch(() => notify(UNREADABLE.title, { navigate: told.notification.navigate }));
    await Promise.all([shown, count(told.app_badge)]);
  })());
});

const look = async (address) => {
  const windows = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const here = windows.find((one) => one.url.split("#")[0] === address);
  return here ? here.focus() : clients.openWindow(address);
};

const answer = async (address, action, tag) => {
  try {
    const told = await fetch(address, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ answer: action, op_id: crypto.randomUUID() }),
      redirect: "error",
      signal: AbortSignal.timeout(8000),
    });
    const { said } = await told.json();
    if (told.ok) await count((await registration.getNotifications()).length); // what else still stands here
    if (told.ok && action !== "later") return;
    if (told.ok) return notify(CAIRN.name, { body: said, navigate: address, tag, silent: true });
  } catch {
    // Not sent, or nobody knows: the page is opened, where it can be said again.
  }
  await look(address);
};

addEventListener("notificationclick", (event) => {
  const { notification, action } = event;
  const address = page(notification.data?.navigate);
  notification.close();
  event.waitUntil((action ? answer(address, action, notification.tag) : look(address))
    // Some browsers open no window so long after the tap.
    .catch(() => notify(UNREADABLE.title, { navigate: address, tag: notification.tag })));
});

addEventListener("pushsubscriptionchange", (event) => event.waitUntil((async () => {
  const devices = "/reminders/devices";
  const headers = { Accept: "application/json" };
  const subscribe = async () => {
    const { key } = await (await fetch(devices, { headers })).json();
    return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  };
  const { endpoint, keys } = (event.newSubscription ?? await subscribe()).toJSON();
  await fetch(devices, {
    method: "POST",
    headers,
    body: new URLSearchParams({ endpoint, ...keys, repair: "1" }),
  });
})()));
