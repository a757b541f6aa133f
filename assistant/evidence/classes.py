"""Nouns a question asks by: those that say nothing about what is wanted, and those named by their instances. Pure."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GENERAL = _words("""
advance advantage aim algorithm algorithms answer answers application applications approach approaches architecture
architectures area areas argument aspect aspects assumption assumptions author authors baseline baselines basis benchmark
benchmarks benefit benefits case cases category categories cause causes challenge challenges change changes claim claims
class classes collection collections component components concept concepts conclusion conclusions condition conditions
consequence consequences contribution contributions criterion data dataset datasets design designs detail details
difference differences difficulty difficulties direction directions domain domains drawback drawbacks effect effects
element elements evidence example examples experiment experiments explanation explanations factor factors feature
features field fields finding findings form forms formulation framework frameworks gap goal goals group groups idea
ideas improvement improvements information ingredient ingredients input inputs insight insights issue issues item items
kind kinds level levels limit limits limitation limitations material materials means mechanism mechanisms method methods
metric metrics model models module modules name names need network networks notion notions object objects obstacle
obstacles output outputs paper papers part parts phenomenon pattern patterns piece pieces pipeline point points practice
practices principle principles problem problems procedure procedures process processes project property properties
purpose quality quantity question questions reason reasons representation representations requirement requirements
research result results risk risks role roles scenario scenarios set sets setting settings shortcoming shortcomings
signal signals solution solutions sort sorts source sources stage stages step steps strategy strategies structure
structures studies study subject subjects suite system systems task tasks technique techniques term terms test tests
theory theories thing things tool tools topic topics trait traits trick type types use uses variable variables variant
variants variety version versions way ways weakness weaknesses work works
""")
"""Nouns that papers seldom say of themselves: "which method" is answered by any method."""

COMMON = _words("""
actually all allow allows also another any anybody anyone anything apply applied applies around base based be become becomes
begin behind best better big bring call called can case change changed come comes concern concerned count deal do does doing
done during else enable enabled ever every everyone everything example exist exists fast find finds first follow followed
found gain gains get gets give given gives go goes good great happen happens hard have held help helps high hold how idea
include involve involved keep keeps kind know known last lead leads least less let lets like liked long look looked looking
looks lot low main make makes making many mean means more most much name named need needed needs new number offer offers
often one ones order others part parts people person persons place play possible put reach reached read really report
reported run runs same say says see seen serve set several show shows single small solve some somebody someone something
start starts still suggest suggested take taken takes talk tell tells than thing things think three time times together told
took try tried turn two understand use used useful uses using want wanted way ways well went whole why without word work worked
working works write writes written wrong yes beat beats compare compared describe described deal discuss discussed evaluate
evaluated explain explained improve investigate investigated measure measured present presented produce propose proposed
prove study studied test tested treat train trained training develop developed
""")
"""Words that carry a question and not its subject."""

_COUNTRIES = (
    "Afghan|Albania|Algeria|America|Angola|Argentin|Armenia|Australia|Austria|Bangladesh|Belarus|Belgi|Bolivia|Bosnia|Botswana|"
    "Brazil|Britain|British|Bulgaria|Burkina|Cambodia|Cameroon|Canad|Chile|China|Chinese|Colombia|Congo|Costa Rica|Croatia|"
    "Cuba|Cyprus|Czech|Denmark|Danish|Dutch|Ecuador|Egypt|England|English|Estonia|Ethiopia|Finland|Finnish|France|French|"
    "Georgia|German|Ghana|Greece|Greek|Guatemala|Haiti|Hong Kong|Hungar|Iceland|India|Indonesia|Iran|Iraq|Ireland|Irish|"
    "Israel|Ital|Jamaica|Japan|Jordan|Kazakh|Kenya|Korea|Kuwait|Latvia|Lebanon|Liberia|Lithuania|Luxembourg|Madagascar|"
    "Malawi|Malaysia|Mali|Mexic|Mongolia|Morocc|Mozambique|Myanmar|Namibia|Nepal|Netherlands|New Zealand|Nicaragua|Niger|"
    "Norw|Pakistan|Palestin|Panama|Paraguay|Peru|Philippin|Poland|Polish|Portug|Qatar|Romania|Russia|Rwanda|Saudi|Scotland|"
    "Scottish|Senegal|Serbia|Singapore|Slovak|Sloven|Somalia|South Africa|Spain|Spanish|Sri Lanka|Sudan|Swed|Swiss|"
    "Switzerland|Syria|Taiwan|Tanzania|Thai|Tunisia|Turk|Uganda|Ukrain|United Kingdom|United States|Uruguay|Venezuela|"
    "Vietnam|Wales|Welsh|Yemen|Zambia|Zimbabwe|UK|U\\.K\\.|USA|US|U\\.S\\."
)
_TONGUES = (
    "English|Chinese|Mandarin|Cantonese|Spanish|French|German|Italian|Portuguese|Russian|Japanese|Korean|Arabic|Hindi|Urdu|"
    "Bengali|Turkish|Polish|Dutch|Swedish|Norwegian|Danish|Finnish|Greek|Hebrew|Latin|Czech|Hungarian|Romanian|Ukrainian|"
    "Vietnamese|Thai|Indonesian|Malay|Persian|Farsi|Swahili|Tamil|Telugu|Catalan|Basque|Welsh|Irish|Sanskrit|multilingual|"
    "bilingual|monolingual"
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
_INSTANCES: tuple[tuple[frozenset[str], re.Pattern[str]], ...] = tuple(
    (_words(nouns), re.compile(rf"(?<![\w-])(?:{pattern})", flags))
    for nouns, pattern, flags in (
        ("optimizer optimizers optimiser optimisers",
         r"Adam\w*|SGD|RMS[Pp]rop|Ada[Gg]rad|Adadelta|LAMB|Adafactor|L-?BFGS|Muon|Lion|(?i:stochastic\s+gradient|gradient\s+descent)",
         0),
        ("licence license licences licenses",
         r"MIT\s+[Ll]icen\w+|Apache|GPL\w*|BSD|CC[\s-]BY\S*|(?i:creative\s+commons|open[\s-]source[ds]?|public\s+domain)", 0),
        ("country countries nation nations", rf"(?:{_COUNTRIES})", 0),
        ("language languages tongue tongues", _TONGUES, 0),
        ("hardware gpu gpus board boards chip chips device devices accelerator accelerators processor processors machine",
         _MACHINES, 0),
        ("university universities institute institutes institution institutions affiliation affiliations company companies "
         "organisation organization lab laboratory hospital hospitals", _BODIES, 0),
        ("software library libraries package packages toolkit toolkits", _LIBRARIES, 0),
        ("chatbot chatbots llm llms", r"ChatGPT|GPT\S*|Claude|Gemini|Bard|Llama\S*|LLaMA\S*|Mistral\S*|Vicuna|Qwen\S*", 0),
    )
)  # fmt: skip
_PROGRAMMING = re.compile(rf"(?<![\w-])(?:{_CODED_IN})")
_CODING = frozenset({"programming", "coding", "scripting"})


def instance_of(noun: str, before: str, text: str) -> bool | None:
    """Whether the text names an instance of `noun` ("country": "Peru"); None for a noun that is in no class.

    `before` is the word in front of the noun: a programming language is not a language.
    """
    if noun.startswith("language") and before in _CODING:
        return bool(_PROGRAMMING.search(text))
    for nouns, pattern in _INSTANCES:
        if noun in nouns:
            return bool(pattern.search(text))
    return None
