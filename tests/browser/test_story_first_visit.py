"""The first visit: by the printed link, to the first reply."""

import re

from playwright.async_api import expect

from tests.browser.chat import Chat
from tests.browser.windows import Windows
from tests.scripted_model import ScriptedModel
from tests.served import Client, Served


async def test_the_token_of_the_link_moves_from_the_address_bar_into_the_tab(
    ada: Client, adas: Chat
) -> None:
    page = adas.page
    assert page.url == f"{ada.url}/"
    assert await page.evaluate("sessionStorage['parley-token']") == ada.token
    assert ada.token not in await page.evaluate("JSON.stringify(localStorage) + document.cookie")
    await page.reload()
    await expect(adas.composer).to_be_focused()
    await expect(page.get_by_text("Ada", exact=True)).to_be_visible()


async def test_a_first_message_starts_a_conversation_with_the_chosen_preset(
    windows: Windows, ada: Client, adas: Chat
) -> None:
    await adas.page.get_by_role("radio", name="Customer support").check()
    reply = await adas.say("My parcel has not come.")
    await expect(reply).to_contain_text("You said: My parcel has not come.")
    await expect(reply).to_contain_text("You are a customer support agent.")
    await expect(adas.title).to_have_text("My parcel has not come.")
    await expect(adas.page).to_have_title("My parcel has not come. · Parley")
    await expect(adas.list.get_by_role("link")).to_have_text(["My parcel has not come."])
    await expect(adas.list.get_by_role("link")).to_have_attribute("aria-current", "page")
    answer = await ada("{ conversations { nodes { systemPrompt } totalCount } }")
    assert answer.data["conversations"]["totalCount"] == 1


async def test_name_prompt_model_and_temperature_are_those_that_were_chosen(
    alices: Chat, model: ScriptedModel
) -> None:
    await alices.page.get_by_text("Name and system prompt").click()
    await alices.page.get_by_role("textbox", name="Name").fill("A short talk")
    await alices.page.get_by_role("textbox", name="System prompt").fill("Be brief.")
    await alices.choose_model("other-model")
    await alices.page.get_by_role("spinbutton", name="Temperature").fill("0.3")
    await alices.say("Hello")
    await expect(alices.title).to_have_text("A short talk")
    await expect(alices.last_reply).to_contain_text("other-model")
    (asked,) = model.requests
    assert (asked["model"], asked["temperature"]) == ("other-model", 0.3)
    assert asked["messages"][0] == {"role": "system", "content": "Be brief."}


async def test_the_months_usage_grows_with_every_reply(windows: Windows, demo: Served) -> None:
    chat = await Chat.signed_in(windows, await demo.client(limit=50_000))
    month = chat.page.get_by_role("region", name="This month")
    await expect(month).to_contain_text("0 of 50,000 tokens")
    await chat.say("Hello")
    await expect(month.get_by_text("tokens")).to_have_text(
        re.compile(r"^[1-9]\d+ of 50,000 tokens$")
    )
    meter = month.get_by_role("meter", name="Tokens used this month")
    assert 0 < int(await meter.get_attribute("value") or 0) < 50_000


async def test_a_pasted_link_signs_in_and_signing_out_forgets_everything(
    windows: Windows, ada: Client
) -> None:
    page = await windows.open(ada.url)
    await expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    await page.get_by_label("Link or token").fill(f"{ada.url}/?token={ada.token}")
    await page.keyboard.press("Enter")
    chat = Chat(page)
    await chat.composer.fill("A draft")
    await chat.button("Sign out").click()
    await expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    assert await page.evaluate("sessionStorage.length") == 0
