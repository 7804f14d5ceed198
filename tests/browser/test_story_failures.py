"""What goes wrong, as people are told: in sentences, with Retry where it may help."""

from playwright.async_api import expect

from tests.browser.chat import Chat
from tests.browser.windows import Windows
from tests.scripted_model import ScriptedModel, refuse, refuse_for_long, say, say_then_cut
from tests.served import Client, Served


async def test_a_model_that_fails_is_told_of_and_retry_asks_another_one(adas: Chat) -> None:
    await adas.choose_model("stand-in-500")
    await adas.write("Hello")
    failure = adas.failure(adas.last_reply)
    await expect(failure).to_contain_text("I'm temporarily unavailable. Please try again later.")
    await adas.choose_model("stand-in")
    await failure.get_by_role("button", name="Retry").click()
    await expect(adas.finished.filter(has_text="You said: Hello")).to_have_count(1)
    await expect(adas.button("Retry")).to_have_count(0)
    await expect(adas.mine).to_have_count(1)


async def test_retry_succeeds_once_the_model_answers_again(
    alices: Chat, model: ScriptedModel
) -> None:
    model.next(say_then_cut("Half a rep"))
    await alices.write("Hello")
    failure = alices.failure(alices.last_reply)
    await expect(failure).to_be_visible()
    await expect(alices.last_reply).to_contain_text("Half a rep")
    model.next(say("A whole reply"))
    await failure.get_by_role("button", name="Retry").click()
    await expect(alices.finished.filter(has_text="A whole reply")).to_have_count(1)
    await expect(alices.button("Retry")).to_have_count(0)
    said = [message["content"] for message in model.requests[-1]["messages"]]
    assert said == ["Hello"]


async def test_retry_waits_as_long_as_the_model_asked_for(
    alices: Chat, model: ScriptedModel
) -> None:
    model.next(refuse_for_long(503))
    await alices.page.clock.install()
    await alices.write("Hello")
    retry = alices.failure(alices.last_reply).get_by_role("button", name="Retry")
    await expect(retry).to_be_disabled()
    await expect(retry).to_contain_text("Retry in")
    for _ in range(61):
        await alices.page.clock.run_for(1000)
    await expect(retry).to_be_enabled()
    await expect(retry).to_have_text("Retry")


async def test_a_failure_that_will_not_pass_offers_no_retry(
    alices: Chat, model: ScriptedModel
) -> None:
    model.next(refuse(400))
    await alices.write("Hello")
    failure = alices.failure(alices.last_reply)
    await expect(failure).to_be_visible()
    await expect(failure).not_to_contain_text("upstream secret text")
    await expect(failure.get_by_role("button", name="Retry")).to_have_count(0)


async def test_whoever_is_beyond_the_months_limit_keeps_what_was_written(
    windows: Windows, demo: Served
) -> None:
    chat = await Chat.signed_in(windows, await demo.client(limit=1))
    await chat.write("Too much")
    await expect(chat.page.get_by_role("alert")).to_contain_text("limit")
    await expect(chat.page.get_by_text("Too much").last).to_be_visible()


async def test_a_token_that_ends_leads_to_the_sign_in_and_back(
    windows: Windows, parley: Served, alice: Client
) -> None:
    windows.forgive("401")
    accounts = parley.application.accounts
    token, secret = await accounts.create_token(alice.user.id, "short")
    chat = await Chat.signed_in(windows, Client(alice.url, alice.session, secret, alice.user))
    await chat.say("Hello")
    # Written before, since the page may be told within a moment that its socket is closed.
    await chat.composer.fill("Are you there?")
    await accounts.revoke_token(alice.user.id, token.id)
    await chat.composer.press("Enter")
    await expect(chat.page.get_by_role("heading", name="You have been signed out")).to_be_visible()
    await chat.page.get_by_label("Link or token").fill(alice.token)
    await chat.button("Sign in").click()
    await expect(chat.finished).to_have_count(2)
    await expect(chat.mine).to_contain_text(["Hello", "Are you there?"])


async def test_a_conversation_of_somebody_else_or_of_nobody_is_not_here(
    windows: Windows, alice: Client, bob: Client
) -> None:
    for place in ((await bob.conversation(name="Bob's"))["id"], "conversation_0"):
        chat = await Chat.at(windows, alice, place)
        await expect(chat.title).to_have_text("This conversation is not here")
