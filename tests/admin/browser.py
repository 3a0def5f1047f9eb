"""A Chromium without a window, and how tests read and click in it."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=en",
)  # fmt: skip
_LONG = 60.0  # seconds; only a test that fails waits so long
CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"


class Browser:
    """One browser window."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver
        self.address = ""  # of admin.php

    def go(self, query: str = "") -> None:
        self.driver.get(self.address + query)

    def log_in(self, user: str, password: str) -> None:
        self.driver.delete_all_cookies()
        self.go("?nohttps")
        self.one("#user").send_keys(user)
        self.one("#password").send_keys(password)
        self.click(".login button")
        self.wait(lambda: self.all("#fleet"), "the overview")

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def link(self, text: str) -> WebElement:
        return self.driver.find_element(By.LINK_TEXT, text)

    def button(self, text: str) -> WebElement:
        return self.driver.find_element(By.XPATH, f"//main//button[normalize-space()='{text}']")

    def click(self, selector: str) -> None:
        self.one(selector).click()

    def text(self, selector: str = "main") -> str:
        return self.one(selector).text

    def wait(self, happened: Callable[[], object], what: str) -> None:
        """Wait until something is true; a part of the page that is being replaced meanwhile does not matter."""
        passing = (StaleElementReferenceException, NoSuchElementException)
        WebDriverWait(self.driver, _LONG, 0.05, passing).until(lambda _: happened(), what)

    def run(self, script: str) -> object:
        return self.driver.execute_script(script)

    def complaints(self) -> list[str]:
        """Return what the browser complained of, such as code that the policy forbids, but for answers without 200."""
        entries = self.driver.get_log("browser")
        return [entry["message"] for entry in entries if "Failed to load resource" not in entry["message"]]


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser of its own for as long as the `with` block lasts."""
    profile = tempfile.mkdtemp()
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*_FLAGS, f"--user-data-dir={profile}", "--window-size=1400,1000"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"intl.accept_languages": "en"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
        shutil.rmtree(profile, ignore_errors=True)
