// The theme: that of the system, until a visitor chooses another. The choice is kept in the browser.
// This runs in the head, before anything is drawn, so that a dark page never flashes white.
(() => {
  const themes = ["system", "light", "dark"];
  const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

  const chosen = () => {
    const theme = localStorage.getItem("theme");
    return themes.includes(theme) ? theme : "system";
  };

  const apply = () => {
    const theme = chosen();
    const isDark = theme === "dark" || (theme === "system" && systemIsDark.matches);
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
    if (window.Quasar) Quasar.Dark.set(isDark);
    const button = document.getElementById("theme-switch");
    if (button) button.textContent = `Theme: ${theme}`;
  };

  window.switchTheme = () => {
    const next = themes[(themes.indexOf(chosen()) + 1) % themes.length];
    localStorage.setItem("theme", next);
    apply();
  };

  apply();
  systemIsDark.addEventListener("change", apply);
  addEventListener("storage", apply); // another tab has switched
  addEventListener("DOMContentLoaded", apply); // now the button and Quasar exist
})();
