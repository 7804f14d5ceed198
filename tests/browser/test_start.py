"""The first page, as a browser sees it."""

import pytest
from playwright.async_api import expect

from tests.browser.accessibility import assert_accessible
from tests.browser.windows import Windows
from tests.served import Client


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_opens_from_this_origin_alone(
    windows: Windows, alice: Client, scheme: str
) -> None:
    page = await windows.open(alice.url, f"/?token={alice.token}", color_scheme=scheme)
    heading = page.get_by_role("heading", name="What would you like to talk about?")
    await expect(heading).to_be_visible()
    await assert_accessible(page)
