"""Each provider as it really behaves: what is sent, how often, what comes out, and what a user is told."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from emulators import Emulator, serving
from emulators.anthropic_messages import Messages, anthropic_error
from emulators.bedrock_converse import Converse
from emulators.ollama_chat import Ollama
from emulators.openai_chat import MISTRAL_FIELDS, Chat, failing, openai_error
from emulators.openai_responses import Responses

from assistant import backends, errors
from assistant.backends.failures import masked
from assistant.backends.names import place_of
from assistant.config import Settings
from assistant.shapes import usage_words

FAST = Settings(timeout_s=30, max_answer_tokens=2000, thinking_tokens=4000)
"""Nothing here waits so long: but what a busy server is asked again for is counted in these seconds, which a machine at
work elsewhere uses up."""
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"],
          "additionalProperties": False}
KEYS = {
    "openai": ("OPENAI_API_KEY", "OPENAI_BASE_URL", "/v1"),
    "azure": ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT", ""),
    "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", ""),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_GENAI_BASE_URL", "/v1beta/openai"),
    "mistral": ("MISTRAL_API_KEY", "MISTRALAI_BASE_URL", "/v1"),
    "groq": ("GROQ_API_KEY", "GROQ_BASE_URL", "/openai/v1"),
    "openrouter": ("OPENROUTER_API_KEY", "OPENROUTER_BASE_URL", "/api/v1"),
    "deepseek": ("DEEPSEEK_API_KEY", "DEEPSEEK_BASE_URL", "/v1"),
    "together": ("TOGETHER_API_KEY", "TOGETHER_BASE_URL", "/v1"),
    "xai": ("XAI_API_KEY", "XAI_BASE_URL", "/v1"),
    "ollama": ("", "OLLAMA_HOST", ""),
}
COMPATIBLE = "openai-compatible:some@{url}/v1"


@contextlib.contextmanager
def at(spec: str, answer: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Emulator, str]]:
    """A server, and the name under which it is asked."""
    for name in ("OPENAI_API_VERSION", "LITASSIST_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    with serving(answer) as server:
        provider = spec.partition(":")[0]
        if provider in KEYS:
            key, base, path = KEYS[provider]
            monkeypatch.setenv(base, server.url + path)
            if key:
                monkeypatch.setenv(key, f"sk-of-{provider}-0123456789")
        yield server, spec.format(url=server.url)


@dataclass(frozen=True)
class Case:
    """A server's habit: how many requests the first and the second question take, and what comes of it."""

    name: str
    spec: str
    answer: Any
    first: int = 1
    second: int = 1
    text: str = "It works [1]."
    schema: bool = False
    raises: type[errors.BackendError] | None = None
    says: tuple[str, ...] = ()
    sent: tuple[str, ...] = ()
    """Fields of the last request."""
    not_sent: tuple[str, ...] = ()


REASONS = frozenset({"temperature", "max_tokens"})
CONTEXT = (
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. Please reduce "
    "the length of the messages."
)
ANSWERS = [
    Case("openai", "openai:gpt-4o", Chat(), sent=("max_completion_tokens", "temperature", "stream_options")),
    Case("openai-schema", "openai:gpt-4o", Chat(), schema=True, sent=("response_format",)),
    Case("openai-no-temperature", "openai:o3", Chat(refuses=REASONS), first=2, schema=True,
         sent=("response_format",), not_sent=("temperature", "max_tokens")),
    Case("openai-thinks-too-long", "openai:gpt-4o-x", Chat(thinking=2500), first=2, second=1),
    Case("openai-unverified", "openai:gpt-5", Chat(refuses=REASONS, unverified=True), first=3,
         not_sent=("temperature",)),
    Case("openai-only-responses", "openai:o3-pro", Responses(), first=2, sent=("max_output_tokens", "text"),
         schema=True),
    Case("openai-responses-thinks", "openai:o3-pro", Responses(thinking=7000), first=3),
    Case("azure", "azure:gpt-4.1", Chat()),
    Case("compatible-old-limit", COMPATIBLE, Chat(), sent=("max_tokens",)),
    Case("compatible-new-limit", COMPATIBLE, Chat(refuses=REASONS), first=3, sent=("max_completion_tokens",)),
    Case("compatible-no-schema", COMPATIBLE, Chat(forms=frozenset({"json_object"})), first=2, schema=True,
         sent=("response_format",)),
    Case("compatible-no-form", COMPATIBLE, Chat(forms=frozenset()), first=3, schema=True,
         not_sent=("response_format",)),
    Case("compatible-no-stream-options", COMPATIBLE, Chat(fields=MISTRAL_FIELDS), first=2,
         not_sent=("stream_options",)),
    Case("compatible-ignores-stream", COMPATIBLE, Chat(streams=False), first=2),
    Case("compatible-no-finish", COMPATIBLE, Chat(finish=None)),
    Case("compatible-no-done", COMPATIBLE, Chat(done=False)),
    Case("compatible-narrow-window", COMPATIBLE, Chat(window=4096), first=2),
    Case("compatible-says-nothing", COMPATIBLE, failing(400, {"error": {"message": "Bad request"}}, times=1), first=2,
         schema=True, not_sent=("response_format",)),
    Case("mistral", "mistral:mistral-large-latest", Chat(fields=MISTRAL_FIELDS, extra_forbidden=True), schema=True),
    Case("mistral-by-address", COMPATIBLE, Chat(fields=MISTRAL_FIELDS, extra_forbidden=True), first=2),
    Case("gemini", "gemini:gemini-2.5-flash", Chat(thinking=3000)),
    Case("groq-reasoning-field", "groq:qwen/qwen3-32b", Chat(reasoning_field="reasoning")),
    Case("deepseek", "deepseek:deepseek-reasoner", Chat(reasoning_field="reasoning_content",
                                                        forms=frozenset({"json_object"})), schema=True),
    Case("together", "together:meta-llama/Llama-3.3-70B-Instruct-Turbo", Chat()),
    Case("xai", "xai:grok-4", Chat()),
    Case("openrouter-keep-alive", "openrouter:openai/gpt-4o", Chat(alive=3)),
    Case("anthropic", "anthropic:claude-sonnet-4-5", Messages(), schema=True, sent=("output_config", "max_tokens")),
    Case("anthropic-old", "anthropic:claude-3-haiku-20240307", Messages(takes_form=False, most_tokens=1000), first=3,
         schema=True, not_sent=("output_config",)),
    Case("anthropic-no-temperature", "anthropic:claude-opus-4-7", Messages(takes_temperature=False), first=2),
    Case("anthropic-thinks", "anthropic:claude-sonnet-4-5", Messages(thoughts="hm, let me see")),
    Case("ollama", "ollama:llama3.2", Ollama(), schema=True, sent=("format", "keep_alive")),
    Case("ollama-thinks", "ollama:llama3.2", Ollama(thinking="hm, let me see", thinking_tokens=7000), first=2),
    Case("half-a-tag", COMPATIBLE, Chat(text="So it is so.\n</think>\n\nIt works [1].")),
    Case("tags", COMPATIBLE, Chat(text="<think>hm</think>\n\nIt works [1].")),
    Case("thinking-tags", "groq:some", Chat(text="<thinking>hm</thinking>It works [1].")),
    Case("mistral-tags", "ollama:llama3.2", Ollama(text="[THINK]hm[/THINK]It works [1].")),
    Case("channels", COMPATIBLE, Chat(text="<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final"
                                           "<|message|>It works [1].<|return|>")),
    Case("busy-once", "groq:some", failing(429, openai_error("Rate limit reached. Please try again in 0.1s.",
                                                             code="rate_limit_exceeded"), times=1), first=2),
    Case("overloaded-once", "anthropic:claude-sonnet-4-5", failing(
        529, anthropic_error("overloaded_error", "Overloaded"), times=1, then=Messages()), first=2),
    Case("llama.cpp-loads", COMPATIBLE, failing(503, {"error": {
        "message": "Loading model", "type": "unavailable_error", "code": 503}}, times=2), first=3),
]


@pytest.mark.parametrize("case", ANSWERS, ids=lambda c: c.name)
def test_an_answer_comes_and_what_was_learned_is_kept(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = SCHEMA if case.schema else None
    with at(case.spec, case.answer, monkeypatch) as (server, spec):
        asked = 0
        for expected in (case.first, case.second):
            # A new backend each time, as in another process: what is known comes from the disk.
            backend = backends.open_backend(spec, FAST)
            assert backend is not None
            assert backend.complete("be brief", "question", schema=schema).strip() == case.text
            assert backend.outcome.stop_reason == "stop"
            assert (backend.usage.input_tokens > 0) or "stream_options" in case.not_sent or asked
            assert len(server.asked) - asked == expected, [b.keys() for b in server.bodies]
            asked = len(server.asked)
        assert set(case.sent) <= set(server.bodies[-1])
        assert not set(case.not_sent) & set(server.bodies[-1])


QUOTA = openai_error("You exceeded your current quota, please check your plan and billing details.", None,
                     "insufficient_quota", "insufficient_quota")
FAILS = [
    Case("quota", "openai:gpt-4o", failing(429, QUOTA), raises=errors.BackendQuota,
         says=("Waiting does not help", "You exceeded your current quota")),
    Case("no-credit", "anthropic:claude-sonnet-4-5", failing(400, anthropic_error(
        "invalid_request_error", "Your credit balance is too low to access the Anthropic API.")),
        raises=errors.BackendQuota, says=("credit balance is too low",)),
    Case("no-credits-openrouter", "openrouter:openai/gpt-4o", failing(402, {"error": {
        "code": 402, "message": "This request requires more credits, or fewer max_tokens."}}),
        raises=errors.BackendQuota, says=("more credits",)),
    Case("deepseek-balance", "deepseek:deepseek-chat", failing(402, openai_error("Insufficient Balance")),
         raises=errors.BackendQuota, says=("Insufficient Balance",)),
    Case("rate-limit-for-long", "groq:some", failing(429, openai_error(
        "Rate limit reached for model on tokens per day (TPD): Limit 100000", code="rate_limit_exceeded"),
        retry_after="1260"), raises=errors.BackendBusy, says=("21 minutes", "tokens per day")),
    Case("rate-limit-in-words", "gemini:gemini-2.5-pro", failing(429, [{"error": {
        "code": 429, "message": "Resource has been exhausted", "status": "RESOURCE_EXHAUSTED",
        "details": [{"retryDelay": "47s"}]}}]), raises=errors.BackendBusy, says=("47 seconds", "exhausted")),
    Case("gemini-key", "gemini:gemini-2.5-pro", failing(400, [{"error": {
        "code": 400, "message": "API key not valid. Please pass a valid API key.", "status": "INVALID_ARGUMENT"}}]),
        raises=errors.BackendRefused, says=("API key not valid", "GEMINI_API_KEY")),
    Case("key", "openai:gpt-4o", failing(401, openai_error(
        "Incorrect API key provided: sk-of-openai-0123456789.", code="invalid_api_key")),
        raises=errors.BackendRefused, says=("Incorrect API key", "OPENAI_API_KEY")),
    Case("key-mistral", "mistral:mistral-small-latest", failing(401, {"detail": "Unauthorized"}),
         raises=errors.BackendRefused, says=("Unauthorized", "MISTRAL_API_KEY")),
    Case("context", "openai:gpt-4o", failing(400, openai_error(CONTEXT, "messages", "context_length_exceeded")),
         raises=errors.ContextOverflow, says=("9,001", "8,192", "maximum context length")),
    Case("context-llama.cpp", COMPATIBLE, failing(400, {"error": {
        "message": "request (5077 tokens) exceeds the available context size (4096 tokens), try increasing it",
        "code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": 5077, "n_ctx": 4096}}),
        raises=errors.ContextOverflow, says=("5,077", "4,096")),
    Case("context-anthropic", "anthropic:claude-sonnet-4-5", failing(400, anthropic_error(
        "invalid_request_error", "prompt is too long: 215000 tokens > 200000 maximum")),
        raises=errors.ContextOverflow, says=("215,000", "200,000")),
    Case("filter-azure", "azure:gpt-4.1", failing(400, {"error": {
        "message": "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        "type": None, "param": "prompt", "code": "content_filter", "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation"}}}),
        raises=errors.BackendDeclined, says=("content management policy",)),
    Case("refusal-openai", "openai:gpt-4o", Chat(refusal="I can't help with that."), raises=errors.BackendDeclined,
         says=("I can't help with that",)),
    Case("refusal-responses", "openai:o3-pro", Responses(refusal="I can't help with that."), first=2,
         raises=errors.BackendDeclined, says=("I can't help with that",)),
    Case("refusal-claude", "anthropic:claude-sonnet-4-5", Messages(text="I won't.", stop_reason="refusal"),
         raises=errors.BackendDeclined, says=("I won't",)),
    Case("filter-at-the-end", "openai:gpt-4o", Chat(text="", finish="content_filter"), raises=errors.BackendDeclined,
         says=("content filter",)),
    Case("nothing", COMPATIBLE, Chat(text=""), raises=errors.BackendError, says=("wrote nothing",)),
    Case("only-thoughts", COMPATIBLE, Chat(text="", reasoning_field="reasoning_content"), raises=errors.BackendError,
         says=("wrote nothing",)),
    Case("thinks-for-ever", "openai:gpt-4o", Chat(thinking=10**6), first=2, raises=errors.BackendError,
         says=("all its room for thinking", "LITASSIST_THINKING_TOKENS")),
    Case("not-pulled", "ollama:qwen3", Ollama(), raises=errors.BackendError,
         says=("ollama pull qwen3", "model 'qwen3' not found")),
    Case("memory", "ollama:llama3.2", Ollama(memory=False), raises=errors.BackendError,
         says=("not enough memory", "42.1 GiB")),
    Case("ollama-breaks", "ollama:llama3.2", Ollama(text="", error="model runner has unexpectedly stopped"),
         raises=errors.BackendError, says=("unexpectedly stopped",)),
    Case("ollama-stops", "ollama:llama3.2", Ollama(done=False), raises=errors.BackendUnreachable, text="It works [1].",
         says=("closed the connection",)),
    Case("no-model", "openai:gpt-9", failing(404, openai_error(
        "The model `gpt-9` does not exist or you do not have access to it.", None, "model_not_found")),
        raises=errors.BackendError, says=("no such model", "gpt-9` does not exist")),
    Case("overloaded-midway", "anthropic:claude-sonnet-4-5", Messages(error=anthropic_error(
        "overloaded_error", "Overloaded")), raises=errors.BackendBusy, text="It works [1].", says=("Overloaded",)),
    Case("error-midway", "openrouter:openai/gpt-4o", Chat(error={"code": 502, "message": "Provider disconnected"}),
         raises=errors.BackendError, text="It works [1].", says=("Provider disconnected",)),
    Case("dies-midway", COMPATIBLE, Chat(dies=True), raises=errors.BackendUnreachable, text="It works [1].",
         says=("closed the connection",)),
    Case("a-page", COMPATIBLE, failing(502, "<html><head><title>502</title></head><body>Bad Gateway</body></html>"),
         first=4, raises=errors.BackendBusy, says=("Bad Gateway",)),
    Case("proxy", COMPATIBLE, failing(407, {"error": "Proxy Authentication Required"}),
         raises=errors.BackendUnreachable, says=("wants a login",)),
]


@pytest.mark.parametrize("case", FAILS, ids=lambda c: c.name)
def test_a_failure_is_one_sentence_with_the_providers_own_words(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    with at(case.spec, case.answer, monkeypatch) as (server, spec):
        backend = backends.open_backend(spec, FAST)
        got: list[str] = []
        with pytest.raises(case.raises or errors.BackendError) as caught:
            got.extend(backend.stream("be brief", "question"))
        told = str(caught.value)
        assert type(caught.value) is case.raises, told
        for words in case.says:
            assert words in told
        assert len(server.asked) == case.first
    assert "\n" not in told
    assert told.endswith(".")
    assert "0123456789" not in told
    assert "".join(got) in (case.text, "", "I won't.")


# --------------------------------------------------------------------------- given up


SILENT = [
    ("openai:gpt-4o", "/v1"), ("anthropic:claude-sonnet-4-5", ""), ("ollama:llama3.2", ""), (COMPATIBLE, "/v1"),
]


@pytest.mark.parametrize("spec", [s for s, _ in SILENT])
@pytest.mark.parametrize("begun", [False, True])
def test_a_request_that_is_given_up_ends(spec: str, begun: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(exchange: Any) -> bool:
        if begun:
            exchange.begin("application/x-ndjson" if "ollama" in spec else "text/event-stream")
        return exchange.silence(20)

    impatient = Settings(timeout_s=0.4, first_token_s=0.6)
    with at(spec, silent, monkeypatch) as (server, name):
        backend = backends.open_backend(name, impatient)
        began = time.monotonic()
        waits: list[float] = []
        backend.on_wait = waits.append
        with pytest.raises(errors.BackendTimeout, match="silent"):
            backend.complete("s", "u")
        assert time.monotonic() - began < 8
        until = time.monotonic() + 3
        while not server.given_up and time.monotonic() < until:
            time.sleep(0.05)
        assert server.given_up == 1, "the server sees that nobody waits"
        time.sleep(1.0)
        assert len(server.asked) == 1, "and is asked no second time"


def test_reading_that_stops_ends_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(exchange: Any) -> bool:
        exchange.begin()
        while True:
            Chat._chunk(exchange, {"content": "word "})
            time.sleep(0.01)

    with at("openai:gpt-4o", endless, monkeypatch) as (server, spec):
        reply = backends.open_backend(spec, FAST).stream("s", "u")
        assert next(reply)
        reply.close()
        until = time.monotonic() + 3
        while not server.given_up and time.monotonic() < until:
            time.sleep(0.05)
        assert server.given_up == 1


def test_a_slow_local_model_gets_its_time_and_shows_that_it_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with at("ollama:llama3.2", Ollama(loads_s=3.0), monkeypatch) as (_, spec):
        backend = backends.open_backend(spec, Settings(timeout_s=1))
        waits: list[float] = []
        backend.on_wait = waits.append
        assert backend.complete("s", "u") == "It works [1]."
        assert waits
        assert waits[0] >= 2


def test_ollama_is_told_the_window_and_to_keep_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    with at("ollama:llama3.2", Ollama(), monkeypatch) as (server, spec):
        for settings, window in ((FAST, 8192), (replace(FAST, context_tokens=20_000), 20_000)):
            backends.open_backend(spec, settings).complete("s", "u")
            assert server.bodies[-1]["options"]["num_ctx"] == window
            assert server.bodies[-1]["keep_alive"] == "15m"


@pytest.mark.parametrize(
    ("answer", "raises", "says"),
    [
        (Converse(thoughts="hm, let me see"), None, ""),
        (Converse(takes_temperature=False), None, ""),
        (Converse(stop_reason="guardrail_intervened"), errors.BackendDeclined, "content filter"),
        (Converse(throttled="Too many tokens, please wait"), errors.BackendBusy, "Too many tokens"),
        (failing(403, {"message": "You don't have access to the model with the specified model ID."},
                 x_amzn_errortype="AccessDeniedException"), errors.BackendRefused, "don't have access"),
        (failing(429, {"message": "Too many requests, please wait before trying again."},
                 x_amzn_errortype="ThrottlingException", retry_after="900"), errors.BackendBusy, "Too many requests"),
    ],
    ids=["thinks", "no-temperature", "guardrail", "throttled-midway", "no-access", "throttled"],
)
def test_bedrock(
    answer: Any, raises: type[Exception] | None, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("langchain_aws", reason="langchain-aws is not installed")
    with serving(answer) as server:
        for name, value in {
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": server.url, "AWS_ACCESS_KEY_ID": "AKIA0123456789ABCDEF",
            "AWS_SECRET_ACCESS_KEY": "secret-0123456789", "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            monkeypatch.setenv(name, value)
        backend = backends.open_backend("bedrock:anthropic.claude-3-5-haiku-20241022-v1:0", FAST)
        if raises is None:
            assert backend.complete("be brief", "question") == "It works [1]."
            assert (backend.usage.input_tokens, backend.usage.output_tokens) == (11, 5)
        else:
            with pytest.raises(raises, match=says):
                backend.complete("be brief", "question")
            assert len(server.asked) in (1, backends.RETRIES + 1)


# --------------------------------------------------------------------------- several at once, money, replies kept


def test_four_threads_may_ask_one_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    def own(exchange: Any) -> Any:
        said = exchange.body["messages"][-1]["content"]
        return Chat(text=f"answer to {said} ", finish="length" if said.endswith("3") else "stop")(exchange)

    with at("openai:gpt-4o", own, monkeypatch) as (_, spec):
        backend = backends.open_backend(spec, FAST)
        got: dict[int, tuple[str, str]] = {}

        def ask(n: int) -> None:
            for _ in range(5):
                got[n] = (backend.complete("s", f"question {n}"), backend.outcome.stop_reason)

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert got == {n: (f"answer to question {n} ", "length" if n == 3 else "stop") for n in range(4)}
    assert (backend.usage.input_tokens, backend.usage.output_tokens) == (20 * 11, 20 * 5)


def test_tokens_that_are_counted_with_each_piece_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with at(COMPATIBLE, Chat(counts_each=True), monkeypatch) as (_, spec):
        backend = backends.open_backend(spec, FAST)
        backend.complete("s", "u")
        assert (backend.usage.input_tokens, backend.usage.output_tokens) == (11, 5)


def test_a_price_that_is_known_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with at("openai:gpt-4o", Chat(), monkeypatch) as (_, spec):
        backend = backends.open_backend(spec, FAST)
        backend.complete("s", "u")
        assert backend.usage.cost_usd == pytest.approx((11 * 2.5 + 5 * 10) / 1e6)
        assert usage_words(backend.usage) == "16 tokens, $0.0001 at prices of 2025-11"
    for spec, read, written, usd in (
        ("openai:gpt-4o", 1_000_000, 0, 2.5), ("azure:gpt-4o", 0, 1_000_000, 10), ("extractive", 1, 1, 0),
        ("openrouter:anthropic/claude-sonnet-4-5", 1_000_000, 0, 3), ("openai:gpt-nobody-knows", 1, 1, None),
        ("ollama:llama3.2", 1, 1, None),
    ):
        assert backends.estimate(spec, FAST, read, written).cost_usd == usd
    assert usage_words(backends.estimate("ollama:llama3.2", FAST, 1000, 1)) == "1,001 tokens, cost unknown"


def test_a_users_own_prices_go_before_those_shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('as_of = "2031-05"\n[gemini]\n"gemini-9*" = [1, 2, 0.1]\n[openai]\n"gpt-4o" = [7.0, 8.0]\n'
                    '[openai-compatible]\n"some" = [1000000, 0]\n')
    own = Settings.from_env({"LITASSIST_PRICES": str(file)})
    for spec, usd in (("openai:gpt-4o", 7), ("gemini:gemini-9-pro", 1), ("openai:gpt-4.1", 2)):
        assert backends.estimate(spec, own, 1_000_000, 0).cost_usd == usd
    with at(COMPATIBLE, Chat(), monkeypatch) as (_, spec):
        backend = backends.open_backend(spec, replace(FAST, prices=file))
        backend.complete("s", "u")
        assert usage_words(backend.usage) == "16 tokens, $11.0000 at prices of 2031-05"
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    for broken in ("[openai", '[openai]\n"gpt-4o" = 3', '[openai]\n"gpt-4o" = ["a", "b"]', "openai = 3"):
        other = tmp_path / f"{abs(hash(broken))}.toml"
        other.write_text(broken)
        with pytest.raises(errors.ConfigError, match=r"prices in .* can't be read"):
            backends.open_backend("openai:gpt-4o", replace(FAST, prices=other))
    with pytest.raises(errors.ConfigError, match="can't be read"):
        backends.open_backend("openai:gpt-4o", replace(FAST, prices=tmp_path / "none.toml"))


@pytest.mark.parametrize(
    ("limits", "questions"),
    [({"budget_tokens": 40}, 2), ({"budget_usd": 0.0002}, 2), ({"daily_budget_usd": 0.0002}, 2)],
)
def test_a_budget_stops_before_the_request(
    limits: dict[str, Any], questions: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = replace(FAST, home=tmp_path / "home", **limits)
    with at("openai:gpt-4o", Chat(), monkeypatch) as (server, spec):
        backend = backends.open_backend(spec, settings)
        told: list[errors.BudgetSpent] = []
        for n in range(9):
            if "daily_budget_usd" in limits:  # is kept for the next answer, in another process
                backend = backends.open_backend(spec, settings)
            try:
                backend.complete("system", f"question {n}")
            except errors.BudgetSpent as error:
                told.append(error)
        assert questions <= len(server.asked) == 9 - len(told) < 9
        assert "budget" in str(told[0])


def test_a_reply_is_paid_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = replace(FAST, reply_cache=True, cache=tmp_path)
    with at("openai:gpt-4o", Chat(), monkeypatch) as (server, spec):
        for expected in (1, 1):
            backend = backends.open_backend(spec, settings)
            assert backend.complete("s", "u") == "It works [1]."
            assert len(server.asked) == expected
        assert (backend.usage.input_tokens, backend.usage.cached_tokens, backend.usage.cost_usd) == (0, 16, 0)
        others = [
            (replace(settings, temperature=0.5), "u", None), (settings, "u", SCHEMA), (settings, "v", None),
            (replace(settings, max_answer_tokens=99), "u", None), (replace(settings, reply_cache=False), "u", None),
        ]
        for count, (changed, user, schema) in enumerate(others, start=2):
            backends.open_backend(spec, changed).complete("s", user, schema=schema)
            assert len(server.asked) == count
    everything = "".join(f.read_text() for f in tmp_path.rglob("*.json"))
    assert "0123456789" not in everything


def test_papers_that_are_removed_leave_no_reply_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from assistant import Paper, open_assistant

    settings = replace(FAST, reply_cache=True, cache=tmp_path / "cache", home=tmp_path / "home", workers=0)
    with at("openai:gpt-4o", Chat(), monkeypatch) as (_, spec), open_assistant(settings=settings) as opened:
        opened.ingest_papers([Paper(title="On lanterns", abstract="Lanterns glow in the dark of the forest.")])
        backends.open_backend(spec, settings).complete("s", "Lanterns glow")
        assert list((tmp_path / "cache" / "replies").rglob("*.json"))
        opened.remove([opened.papers()[0].id])
        assert not list((tmp_path / "cache").rglob("replies/*/*.json"))


def test_a_reply_that_was_cut_is_asked_for_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = replace(FAST, reply_cache=True, cache=tmp_path)
    with at("openai:gpt-4o", Chat(finish="length"), monkeypatch) as (server, spec):
        for _ in range(2):
            backends.open_backend(spec, settings).complete("s", "u")
        assert len(server.asked) == 2


def test_kept_replies_stay_under_their_size(tmp_path: Path) -> None:
    from assistant.backends.replies import Kept, Replies, key_of

    replies = Replies(tmp_path, most_bytes=20_000)
    for n in range(100):
        replies.put(key_of(n=n), Kept("x" * 1000))
    replies.trim()
    assert sum(f.stat().st_size for f in tmp_path.rglob("*.json")) <= 20_000
    assert replies.get(key_of(n=99)) == Kept("x" * 1000)


def test_a_broken_file_of_what_was_learned_is_nothing_learned(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = replace(FAST, cache=tmp_path)
    with at("openai:o3", Chat(refuses=REASONS), monkeypatch) as (server, spec):
        backends.open_backend(spec, settings).complete("s", "u")
        (file,) = tmp_path.rglob("models/*.json")
        assert "0123456789" not in file.read_text()
        for broken in ("", "[]", '{"model": 3}', "{nonsense"):
            file.write_text(broken)
            assert backends.open_backend(spec, settings).complete("s", "u") == "It works [1]."
        assert len(server.asked) == 10


def test_a_proxy_that_wants_a_login_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(exchange: Any) -> None:
        exchange.json(407, {"error": "login"})

    with serving(refuses) as proxy:
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
        monkeypatch.setenv("OPENAI_BASE_URL", "https://models.example/v1")
        with pytest.raises(errors.BackendUnreachable, match="wants a login"):
            backends.open_backend("openai:gpt-4o", FAST).complete("s", "u")


def test_a_web_page_is_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def page(exchange: Any) -> None:
        exchange.html(200, "<html>Log in to the network</html>")

    with at(COMPATIBLE, page, monkeypatch) as (_, spec), pytest.raises(errors.BackendError, match="a web page came"):
        backends.open_backend(spec, FAST).complete("s", "u")


# --------------------------------------------------------------------------- names, keys, addresses


def test_a_key_goes_to_its_own_host_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, _, _ in KEYS.values():
        if key:
            monkeypatch.setenv(key, f"private-{key}")
    for spec in ("openai:m", "azure:m", "gemini:m", "mistral:m", "groq:m", "openrouter:m", "deepseek:m", COMPATIBLE):
        with at(spec, Chat(), monkeypatch) as (server, name):
            if KEYS.get(spec.partition(":")[0]):
                monkeypatch.setenv(KEYS[spec.partition(":")[0]][0], "the-own-key")
            backends.open_backend(name, FAST).complete("s", "u")
            for asked in server.asked:
                assert "private" not in str(asked.headers), spec


def test_a_key_does_not_follow_to_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Chat()) as other:
        def sends_on(exchange: Any) -> None:
            where = other.url.replace("127.0.0.1", "localhost") + "/v1/chat/completions"
            exchange.json(307, {}, Location=where)

        for spec in ("openai:gpt-4o", "anthropic:claude-sonnet-4-5"):
            with at(spec, sends_on, monkeypatch) as (_, name), contextlib.suppress(errors.BackendError):
                backends.open_backend(name, FAST).complete("s", "u")
        assert other.asked
        assert "0123456789" not in str([asked.headers for asked in other.asked])


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("http://host:1234", "http://host:1234/v1"), ("http://host:1234/", "http://host:1234/v1"),
        ("http://host:1234/v1/", "http://host:1234/v1"), ("host:1234", "http://host:1234/v1"),
        ("http://host:1234/v1/chat/completions", "http://host:1234/v1"),
        ("https://host/api/v1", "https://host/api/v1"), ("http://0.0.0.0:8000", "http://127.0.0.1:8000/v1"),
    ],
)
def test_an_address_is_read_as_it_was_meant(given: str, meant: str) -> None:
    assert place_of(f"openai-compatible:some/model@{given}").url == meant
    assert place_of(f"lmstudio:some/model@{given}").url == meant


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("gemini:m", "GEMINI_API_KEY or GOOGLE_API_KEY"), ("google:m", "GEMINI_API_KEY"),
        ("google_genai:m", "GOOGLE_API_KEY"),
        ("mistral:m", "MISTRAL_API_KEY"), ("mistralai:m", "MISTRAL_API_KEY"), ("groq:m", "GROQ_API_KEY"),
        ("openrouter:m", "OPENROUTER_API_KEY"), ("deepseek:m", "DEEPSEEK_API_KEY"), ("together:m", "TOGETHER_API_KEY"),
        ("xai:m", "XAI_API_KEY"), ("azure:m", "AZURE_OPENAI_API_KEY"), ("azure_openai:m", "AZURE_OPENAI_API_KEY"),
        ("claude:m", "ANTHROPIC_API_KEY"), ("opnai:gpt-4o", "did you mean openai"), ("grok:m", "XAI_API_KEY"),
        ("gpt-4o", r"did you mean openai:gpt-4o \?"), ("claude-sonnet-4-5", "did you mean anthropic:claude-sonnet-4-5"),
        ("llama3.2", "did you mean ollama:llama3.2"), ("claude", "without a model .did you mean claude:MODEL"),
        ("Ollama:", "did you mean ollama:MODEL"), ("anthropic/claude-x", "did you mean anthropic:claude-x"),
        ("http://me:pw@host:1/v1", "openai-compatible:MODEL@http://host:1/v1"), ("wonder", "names no backend; use"),
    ],
)
def test_each_name_people_try_says_what_is_missing(spec: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for row in place_of.__globals__["providers"]().values():
        for key in row.get("keys", ()):
            monkeypatch.delenv(key, raising=False)
    with pytest.raises(errors.LitassistError, match=says):
        backends.open_backend(spec, FAST)


@pytest.mark.parametrize(
    ("spec", "package"), [("bedrock:m", "langchain-aws"), ("vertexai:m", "langchain-google-vertexai")]
)
def test_a_package_that_is_missing_is_named(spec: str, package: str) -> None:
    if __import__("importlib.util").util.find_spec(package.replace("-", "_")):
        pytest.skip("the package is installed")
    with pytest.raises(errors.ConfigError, match=f"pip install {package}"):
        backends.open_backend(spec, FAST)


@pytest.mark.parametrize("spec", ["lmstudio:m", "vllm:m", "llamacpp:m", "ollama:m"])
def test_servers_of_this_machine_need_no_key(spec: str) -> None:
    assert backends.open_backend(spec, FAST).name == spec


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: sk-proj-abcdef123456", "token Bearer abcdefgh", "key AIzaSyA1234567890 is bad",
        "gsk_abc123def456 unknown", "http://me:secretword@host/v1 refused", "value of-the-variable-x9 is wrong",
    ],
)
def test_what_looks_like_a_key_is_masked(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "of-the-variable-x9")
    shown = masked(text)
    for secret in ("sk-proj", "abcdef123456", "abcdefgh", "AIzaSy", "gsk_abc", "secretword", "of-the-variable-x9"):
        assert secret not in shown
    assert masked("'max_tokens' is not supported with claude-sonnet-4-5-20250929") == (
        "'max_tokens' is not supported with claude-sonnet-4-5-20250929"
    )


def test_a_check_tells_what_was_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    with at("openai:o3", Chat(refuses=REASONS, unverified=True, thinking=50), monkeypatch) as (_, spec):
        told = backends.check_backend(spec, FAST)
    assert "works" in told
    for words in ("can't stream", "held to a form", "thinks", "no temperature"):
        assert words in told
    with at(COMPATIBLE, Chat(text="", reasoning_field="reasoning_content"), monkeypatch) as (_, spec), \
            pytest.raises(errors.BackendError, match="wrote nothing"):
        backends.check_backend(spec, FAST)
