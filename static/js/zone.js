// The clock of the phone says where somebody is better than whoever invited them could,
// until they were asked themselves.
(() => {
  const list = document.getElementById("time_zone");
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!list?.hasAttribute("data-first") || here === list.value || ![...list.options].some((one) => one.value === here)) return;
  list.value = here;
  list.closest("details").open = true;
})();
