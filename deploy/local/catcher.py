"""``python -m deploy.local.catcher``: takes every message that leaves, so that nothing leaves the machine.

On ``LOUMEN_PORT`` + 1 the WeCom group bot, the webhook receiver and a page; on ``LOUMEN_PORT`` + 2 SMTP.
"""

import os
import time
from pathlib import Path

import uvicorn
from aiosmtpd.controller import Controller
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment, FileSystemLoader

from deploy.local.mailbox import Mailbox, Received, cut_at_links
from deploy.local.receivers import GroupBot, MailHandler, signature_fault
from shared.contracts.vocabulary import Channel
from shared.settings import Settings

SHOWN = 50


def create_app(mailbox: Mailbox, webhook_secret: bytes | None) -> FastAPI:
    """The receivers and the page. Webhook signatures are checked where the secret is known."""
    app = FastAPI(title="Loumen message catcher")
    bot = GroupBot(mailbox)
    pages = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    pages.globals["cut_at_links"] = cut_at_links

    @app.get("/", response_class=HTMLResponse)
    def show_messages(channel: Channel | None = None, to: str | None = None) -> str:
        """The newest messages of each channel, as the people responsible see them."""
        channels = [channel] if channel else list(Channel)
        shown = {each: mailbox.find(each, to)[:SHOWN] for each in channels}
        return pages.get_template("catcher.html").render(shown=shown)

    @app.get("/messages")
    def list_messages(
        channel: Channel | None = None, to: str | None = None, ticket: str | None = None
    ) -> list[Received]:
        """All that are kept, newest first."""
        return mailbox.find(channel, to, ticket)

    @app.post("/wecom/cgi-bin/webhook/send")
    async def receive_wecom(request: Request, key: str = "") -> JSONResponse:
        return JSONResponse(bot.receive(key, await request.body(), time.time()))

    @app.post("/webhook/{path:path}", status_code=204)
    async def receive_webhook(request: Request, path: str) -> None:
        body = await request.body()
        if webhook_secret is not None:
            signature = request.headers.get("X-Loumen-Signature", "")
            if fault := signature_fault(webhook_secret, signature, body, time.time()):
                raise HTTPException(401, fault)
        delivery = request.headers.get("X-Loumen-Delivery")
        mailbox.add(Received(channel=Channel.WEBHOOK, to=path, text=body.decode(errors="replace"), delivery=delivery))

    return app


def main() -> None:
    settings = Settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    mailbox = Mailbox(settings.home / "messages.jsonl")
    secret = os.environ.get("LOUMEN_WEBHOOK_SECRET")
    mail = Controller(MailHandler(mailbox), hostname=settings.host, port=settings.port + 2, server_hostname="localhost")
    mail.start()
    try:
        app = create_app(mailbox, secret.encode() if secret else None)
        uvicorn.run(app, host=settings.host, port=settings.port + 1, log_level="warning")
    finally:
        mail.stop()


if __name__ == "__main__":
    main()
