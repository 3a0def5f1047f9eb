// The list of devices without reloading the page: links marked `data-live` and the filter fetch their part of the page
// from the server, and so does the refresh. The address always says what is shown.

export function keepFresh(fleet, replaced) {
  let asked = 0; // the last question; an older answer that comes later is not shown

  async function show(address, { isStep }) {
    const number = ++asked;
    const url = new URL(address, location.href);
    if (isStep && url.href !== location.href) history.pushState(null, "", url);
    const part = new URL(url);
    part.searchParams.set("fragment", "1");
    part.hash = "";
    const answer = await fetch(part, { headers: { Accept: "text/html" } }).catch(() => null);
    if (number !== asked) return;
    if (answer?.status === 403) location.reload(); // logged out
    else if (answer?.ok) put(await answer.text());
    else if (isStep) location.assign(url);
    else complain();
  }

  function put(html) {
    const chosen = new Set([...fleet.querySelectorAll("input[name=sn]:checked")].map((box) => box.value));
    const focused = fleet.contains(document.activeElement) ? document.activeElement : null;
    const box = focused?.name === "sn" ? focused.value : null;
    const id = focused?.id;
    fleet.innerHTML = html; // our server's own page: escaped there, and without scripts
    for (const one of fleet.querySelectorAll("input[name=sn]")) {
      one.checked = chosen.has(one.value);
      if (one.value === box) one.focus({ preventScroll: true });
    }
    if (id) document.getElementById(id)?.focus({ preventScroll: true });
    replaced();
    lookAgainSoon();
  }

  // While the server still reads state files, the list is not whole yet.
  function lookAgainSoon() {
    if (fleet.querySelector(".pending")) setTimeout(() => show(location.href, { isStep: false }), 1500);
  }

  function complain() {
    if (fleet.querySelector(".no-answer")) return;
    const bar = document.createElement("p");
    bar.className = "bar warn no-answer";
    bar.setAttribute("role", "status");
    bar.textContent = fleet.dataset.trouble;
    fleet.prepend(bar);
  }

  fleet.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-live]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    show(link.href, { isStep: true });
    syncFilter(link.href);
  });

  const form = document.getElementById("filter-form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const url = new URL(location.href);
    url.searchParams.set("mode", "status");
    url.searchParams.set("filter", form.elements.filter.value);
    for (const name of ["offset", "open"]) url.searchParams.delete(name);
    url.hash = "";
    show(url, { isStep: true });
  });

  function syncFilter(address) {
    form.elements.filter.value = new URL(address, location.href).searchParams.get("filter") ?? "";
  }

  addEventListener("popstate", () => {
    syncFilter(location.href);
    show(location.href, { isStep: false });
  });

  lookAgainSoon();
  const seconds = Number(fleet.dataset.refresh);
  if (seconds > 0) {
    setInterval(() => {
      if (document.visibilityState === "visible") show(location.href, { isStep: false });
    }, seconds * 1000);
  }
}
