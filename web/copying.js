// Buttons that copy the text of the element that they name.

export function offerCopying(page) {
  if (!navigator.clipboard) return; // browsers offer it on HTTPS only
  for (const button of page.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.type = "button";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(page.getElementById(button.dataset.copy).textContent);
      button.textContent = "✓";
    });
  }
}
