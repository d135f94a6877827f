// Light or dark: as the system has it, until somebody chooses. What is chosen is kept where the browser allows it.

const KEY = "simkey-theme";

/** Takes what was chosen. */
export function readTheme(): void {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
  } catch {}
}

export function toggleTheme(): void {
  const root = document.documentElement;
  const isDark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  window.dispatchEvent(new Event("themechange"));
  try {
    localStorage.setItem(KEY, root.dataset.theme);
  } catch {}
}
