"""Nouns a question asks by: those that say nothing about what is wanted, and those named by their instances. Pure."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def says_little(word: str) -> bool:
    """Whether a word carries a question and not its subject: a general noun, a common verb; plurals too."""
    return any(form in _GENERAL or form in _COMMON for form in singulars(word))


def singulars(word: str) -> tuple[str, ...]:
    """The word, and what it may be the plural of."""
    if not word.endswith("s") or len(word) < 4:
        return (word,)
    return (word, word[:-1], word[:-2], f"{word[:-3]}y") if word.endswith("es") else (word, word[:-1])


_GENERAL = _words("""
advance advantage aim algorithm answer application approach architecture area argument aspect assumption author
baseline basis benchmark benefit case category cause challenge change claim class collection component concept concern
conclusion condition consequence contribution corpus criterion cut data dataset design detail difference difficulty
direction domain drawback effect element evidence example experiment explanation factor feature field finding form
formulation framework gap goal group idea improvement information ingredient input insight issue item kind level limit
limitation material means mechanism method metric model module name need network notion object obstacle output paper
part pattern phenomenon piece pipeline point practice principle problem procedure process project property purpose
quality quantity question reason representation requirement research result risk role scenario set setting shortcoming
signal solution sort source stage step strategy structure study subject suite system task technique term test theory
thing tool topic trait trick type use variable variant variety version way weakness work
""")
"""Nouns that papers seldom say of themselves: "which method" is answered by any method."""

_COMMON = _words("""
actually add added all allow also another any anybody anyone anything applied apply around available base based be
beat become begin behind best better big bring call called can case change changed come compare compared concern
concerned count deal describe described develop developed discuss discussed
do doing done draw drew drawn drop during else enable
enabled evaluate evaluated ever every everyone everything example exist explain explained fall fast fell find first
follow followed found free gain get give given go good great grew grow happen hard have held help high hold how idea
improve include investigate investigated involve involved keep kind know known last lead least less let like liked
long look looked looking lot low main make makes making many mean measure measured more most much name named need
needed new number offer often one open order others part people person place play possible present presented produce
propose proposed prove public put quick quicker reach reached read really remove removed report reported rise rose run
same say see seen send sent serve set several share shared show single slow small solve some somebody someone
something start still studied study suggest suggested take taken talk tell test tested than thing think three time
together told took train trained training treat tried try turn two understand use used useful using want wanted way
well went whole why without word work worked working write written wrong yes
""")
"""Words that carry a question and not its subject."""

_COUNTRIES = (
    "Afghan|Albania|Algeria|America|Angola|Argentin|Armenia|Australia|Austria|Bangladesh|Belarus|Belgi|Bolivia|"
    "Bosnia|Botswana|Brazil|Britain|British|Bulgaria|Burkina|Cambodia|Cameroon|Canad|Chile|China|Chinese|Colombia|"
    "Congo|Costa Rica|Croatia|Cuba|Cyprus|Czech|Denmark|Danish|Dutch|Ecuador|Egypt|England|English|Estonia|Ethiopia|"
    "Finland|Finnish|France|French|Georgia|German|Ghana|Greece|Greek|Guatemala|Haiti|Hong Kong|Hungar|Iceland|India|"
    "Indonesia|Iran|Iraq|Ireland|Irish|Israel|Ital|Jamaica|Japan|Jordan|Kazakh|Kenya|Korea|Kuwait|Latvia|Lebanon|"
    "Liberia|Lithuania|Luxembourg|Madagascar|Malawi|Malaysia|Mali|Mexic|Mongolia|Morocc|Mozambique|Myanmar|Namibia|"
    "Nepal|Netherlands|New Zealand|Nicaragua|Niger|Norw|Pakistan|Palestin|Panama|Paraguay|Peru|Philippin|Poland|"
    "Polish|Portug|Qatar|Romania|Russia|Rwanda|Saudi|Scotland|Scottish|Senegal|Serbia|Singapore|Slovak|Sloven|"
    "Somalia|South Africa|Spain|Spanish|Sri Lanka|Sudan|Swed|Swiss|Switzerland|Syria|Taiwan|Tanzania|Thai|Tunisia|"
    "Turk|Uganda|Ukrain|United Kingdom|United States|Uruguay|Venezuela|Vietnam|Wales|Welsh|Yemen|Zambia|Zimbabwe|UK|"
    "U\\.K\\.|USA|US|U\\.S\\."
)
_TONGUES = (
    "English|Chinese|Mandarin|Cantonese|Spanish|French|German|Italian|Portuguese|Russian|Japanese|Korean|Arabic|"
    "Hindi|Urdu|Bengali|Turkish|Polish|Dutch|Swedish|Norwegian|Danish|Finnish|Greek|Hebrew|Latin|Czech|Hungarian|"
    "Romanian|Ukrainian|Vietnamese|Thai|Indonesian|Malay|Persian|Farsi|Swahili|Tamil|Telugu|Catalan|Basque|Welsh|"
    "Irish|Sanskrit|multilingual|bilingual|monolingual"
)
_CODED_IN = (
    r"Python|Java|JavaScript|TypeScript|Julia|Rust|Fortran|Haskell|Scala|Matlab|MATLAB|Perl|Ruby|Prolog|Lisp|OCaml|PHP|SQL|"
    r"C\+\+|C\#|CUDA|R\s+package|package\s+for\s+R|programming\s+languages?"
)
_LIBRARIES = (
    rf"{_CODED_IN}|PyTorch|Tensor[Ff]low|JAX|Keras|NumPy|scikit-learn|sklearn|Caffe|Theano|spaCy|NLTK|Hugging\s?Face|"
    r"transformers\s+library|LangChain|Langchain|SPSS|Stata|packages?|toolkits?|librar(?:y|ies)"
)
_MACHINES = (
    r"[GTC]PUs?|FPGAs?|ASICs?|NPUs?|NVIDIA|Nvidia|AMD|Intel|Xilinx|Loihi|Jetson|Raspberry|Arduino|[AVHP]100|RTX|TITAN|Titan|"
    r"GeForce|hardware|supercomputers?|workstations?|laptops?|smartphones?|mobile\s+(?:phones?|devices?)|microcontrollers?"
)
_BODIES = (
    r"Universit\w+|Institut\w+|College|School\s+of|Academy|Hospital\w*|Laborator\w+|Labs?|Centre\s+for|Center\s+for|Inc\.?|"
    r"Ltd\.?|GmbH|Corp\w*|Google|DeepMind|Microsoft|Meta\s+AI|Facebook|OpenAI|Amazon|Apple|IBM|Baidu|Tencent|Alibaba|NASA|"
    r"CERN|MIT|ETH"
)
_CHATBOTS = (
    r"ChatGPT|GPT\S*|Claude|Gemini|Bard|Llama\S*|LLaMA\S*|Mistral\S*|Mixtral\S*|Vicuna|Qwen\S*|DeepSeek\S*|PaLM\S*|Pythia"
    r"|BLOOM\S*|Falcon|Phi-\d|Gemma\S*|Codex|WizardCoder|CodeGen\S*|Alpaca|OPT|T5|(?:\w*B|b)ERT\w*"
)
_INSTANCES: tuple[tuple[frozenset[str], re.Pattern[str]], ...] = tuple(
    (_words(nouns), re.compile(rf"(?<![\w-])(?:{pattern})", flags))
    for nouns, pattern, flags in (
        ("optimizer optimiser",
         r"Adam\w*|SGD|RMS[Pp]rop|Ada[Gg]rad|Adadelta|LAMB|Adafactor|L-?BFGS|Muon|Lion"
         r"|(?i:stochastic\s+gradient|gradient\s+descent)", 0),
        ("licence license",
         r"MIT\s+[Ll]icen\w+|Apache|GPL\w*|BSD|CC[\s-]BY\S*"
         r"|(?i:creative\s+commons|open[\s-]source\s+licen[cs]\w+|public\s+domain)", 0),
        ("country nation", rf"(?:{_COUNTRIES})", 0),
        ("language tongue", _TONGUES, 0),
        ("hardware gpu board chip device accelerator processor machine", _MACHINES, 0),
        ("university institute institution affiliation company organisation organization lab laboratory hospital",
         _BODIES, 0),
        ("software library package toolkit", _LIBRARIES, 0),
        ("chatbot llm", _CHATBOTS, 0),
    )
)  # fmt: skip
_PROGRAMMING = re.compile(rf"(?<![\w-])(?:{_CODED_IN})")
_CODING = frozenset({"programming", "coding", "scripting"})


def instance_of(noun: str, before: str, text: str) -> bool | None:
    """Whether the text names an instance of `noun` ("country": "Peru"); None for a noun that is in no class.

    `before` is the word in front of the noun: a programming language is not a language, a language model a chatbot.
    """
    if noun.startswith("language") and before in _CODING:
        return bool(_PROGRAMMING.search(text))
    if noun in ("model", "models") and before == "language":
        noun = "llm"
    for nouns, pattern in _INSTANCES:
        if nouns.intersection(singulars(noun)):
            return bool(pattern.search(text))
    return None
