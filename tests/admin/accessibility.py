"""What would keep somebody from using a page: a short list of WCAG's, checked in the browser."""

from typing import cast

from tests.admin.browser import Browser

_CHECK = r"""
const wrong = [];
const told = (e) => e.outerHTML.slice(0, 120);
const named = (e) => (e.getAttribute("aria-label") || e.textContent || e.title || "").trim() !== "";
const hidden = (e) => e.hidden || e.type === "hidden" || !e.checkVisibility();
if (!document.documentElement.lang) wrong.push("no language");
if (!document.title.trim()) wrong.push("no title");
if (document.querySelectorAll("main").length !== 1) wrong.push("not one main");
if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
let level = 0;
for (const h of document.querySelectorAll("h1, h2, h3, h4")) {
  const own = Number(h.tagName[1]);
  if (own > level + 1 && level) wrong.push("heading left out before " + told(h));
  level = own;
}
const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
for (const id of new Set(ids.filter((id, n) => ids.indexOf(id) !== n))) wrong.push("twice the id " + id);
for (const e of document.querySelectorAll("input, select, textarea")) {
  if (!hidden(e) && !e.labels.length && !e.getAttribute("aria-label")) wrong.push("no label: " + told(e));
}
for (const e of document.querySelectorAll("a[href], button, summary")) {
  if (!hidden(e) && !named(e)) wrong.push("no name: " + told(e));
}
for (const e of document.querySelectorAll("svg, img")) {
  const silent = e.closest("[aria-hidden=true]") || e.getAttribute("alt") !== null || e.closest("figure");
  if (!silent) wrong.push("no alternative: " + told(e));
}
for (const e of document.querySelectorAll("[aria-describedby], [aria-labelledby]")) {
  const id = e.getAttribute("aria-describedby") || e.getAttribute("aria-labelledby");
  if (!document.getElementById(id)) wrong.push("refers to nothing: " + told(e));
}
for (const e of document.querySelectorAll("table")) {
  if (!e.querySelector("th")) wrong.push("no headings: " + told(e));
}
const width = document.documentElement.scrollWidth;
if (width > innerWidth) wrong.push("wider than the window: " + width);

const rgb = (text) => text.match(/[\d.]+/g).map(Number);
const light = ([r, g, b]) => {
  const part = (v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
};
const behind = (e) => {
  for (; e; e = e.parentElement) {
    const color = getComputedStyle(e).backgroundColor;
    if (color.startsWith("rgb(")) return rgb(color);
  }
  return [255, 255, 255];
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const seen = new Set();
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !e.checkVisibility() || e.closest("svg, option")) continue;
  const [one, two] = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((a, b) => b - a);
  const contrast = (one + 0.05) / (two + 0.05);
  const key = e.tagName + e.className;
  if (contrast < 4.5 && !seen.has(key)) wrong.push("contrast " + contrast.toFixed(1) + ": " + told(e));
  seen.add(key);
}
return wrong;
"""


def shortcomings(browser: Browser) -> list[str]:
    """Return what is wrong with the page that is shown, in light and in dark colours."""
    found: list[str] = []
    for colours in ("light", "dark"):
        browser.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": colours}]}
        )
        found += [f"{colours}: {one}" for one in cast("list[str]", browser.run(_CHECK))]
    return found
