"""Questions in other languages than the papers': the words that ask and join become English. Pure.

No translation: names and words of the subject stay as they are written, since only those can stand in a paper.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from ..text import STOP_WORDS


@dataclass(frozen=True, slots=True)
class Worded:
    """A question whose asking words are English; `language` is the one it was in, "" for English or unknown."""

    text: str
    language: str = ""


def in_english(text: str) -> Worded:
    """The question with the words that ask, join and speak of papers in English; unchanged where it is English.

    A language is known by two of its small words, by one beside a word that asks at the beginning, or by asking in
    several words ("wie viele"); scripts that are not Latin by the words that ask. What is quoted stays.
    """
    head = text[:_READ]
    for language, signs in _SCRIPTS.items():
        worded = head
        for sign, words in signs:
            worded = re.sub(sign, words, worded)
        if worded != head:
            return Worded(" ".join(worded.translate(_WIDE).split()) + text[_READ:], language)
    language = _language(head)
    if not language:
        return Worded(text)
    table, pattern = _table(language)
    parts = re.split(r"([\"“„«»”][^\"“„«»”]*[\"“«»”])", head)
    for k in range(0, len(parts), 2):
        bare = _ELIDED.sub("", parts[k]) if language in ("French", "Italian") else parts[k]
        parts[k] = pattern.sub(lambda m: table[" ".join(m[0].casefold().split())], bare)
    found = " ".join("".join(parts).split()).lstrip("¿¡ ")
    return Worded(found[:1].upper() + found[1:] + text[_READ:], language)


_READ = 2_000
_LEAST = 2
_WIDE = str.maketrans("？。，：；（）", "?.,:;()")
_ELIDED = re.compile(r"(?<!\w)(?:[ldnsjmtc]|un|all|dell|nell|sull)['’](?=\w)", re.I)
_WORD = re.compile(r"[^\W\d_]+")


def _language(text: str) -> str:
    """The language whose small words the text has, most of them first; "" where too few are there."""
    words = [w.casefold() for w in _WORD.findall(text)]
    run = f" {' '.join(words)} "
    best, most = "", 0
    for language in _WORDS:
        signs, asking, phrases = _signs(language)
        own = {w for w in words if w in signs}
        count = len(own) + bool(own and words and words[0] in asking) + 2 * any(p in run for p in phrases)
        if count > most:
            best, most = language, count
    return best if most >= _LEAST else ""


@cache
def _signs(language: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The words that tell a language (those that are English too left out), those it asks with, and how it asks in
    several words."""
    rows = _rows(language)
    asking = {own: word for own, word in rows.items() if word.split()[:1] and word.split()[0] in _ASK}
    phrases = (" ".join(_WORD.findall(own.casefold())) for own in asking)
    return (
        frozenset(
            w.casefold() for w in rows if " " not in w and w not in STOP_WORDS and w not in _ENGLISH and len(w) > 1
        ),
        frozenset(own.casefold().split()[0] for own in asking),
        frozenset(f" {p} " for p in phrases if " " in p),
    )


@cache
def _rows(language: str) -> dict[str, str]:
    rows = (row.partition("=") for line in _WORDS[language].splitlines() for row in line.split(";"))
    return {own.strip(): word.strip() for names, _, word in rows for own in names.split(",") if own.strip()}


@cache
def _table(language: str) -> tuple[dict[str, str], re.Pattern[str]]:
    rows = _rows(language)
    longest = sorted(rows, key=len, reverse=True)
    words = "|".join(re.escape(own).replace(r"\ ", r"\s+") for own in longest)
    # "Wie groß" folds to "wie gross".
    return {own.casefold(): word for own, word in rows.items()}, re.compile(
        rf"(?<![\w:@-])(?:{words})(?![\w:@-])", re.I
    )


_ASK = frozenset(("what", "which", "how", "who", "when", "where", "why"))
_ENGLISH = frozenset((
    "die", "man", "hat", "war", "wie", "rat", "art", "papers", "paper", "studies", "data", "model", "models",
    "parameter", "parameters", "as", "come", "me", "no", "son", "an", "es", "do", "a", "on", "per", "se", "la",
    "le", "el", "al", "un", "via", "si", "mi", "to", "du", "de", "sur", "den", "des", "under", "modest", "use",
    "uses", "main", "quest", "articles", "pages", "los", "las", "van", "wat", "dos", "das", "ne", "tu",
))
"""Words of the tables that English has too, or that names hold: they tell no language."""

_WORDS = {
    "German": """
was=what; wie schnell=how fast; wie groß=how large; wie lange=how long; wie gut=how well
wie viele=how many; wie viel=how much; wie=how; warum,wieso,weshalb=why; wann=when; wo=where
wer,wen,wem=who; welche,welcher,welches,welchen,welchem=which; ist=is; sind=are; war=was; waren=were; hat=has
haben=have; gibt es=are there; wird=is; werden=are; wurde=was; wurden=were; kann=can; können=can
der,die,das,den,dem,des=the; ein,eine,einen,einem,einer,eines=a; sagt,sagen=say; und=and; oder=or; nicht=not
kein,keine=no; von=of; vom=of the; für=for; mit=with; ohne=without; über=about; zu,zum,zur=to; im=in the; auf=on
bei=at; durch=by; aus=from; nach=by; laut=according to; zwischen=between; gegenüber=over; sich=
unterschied,unterschiede=difference; unterscheiden=differ; unterscheidet=differ; vergleiche=compare
arbeiten,artikel,aufsätze,studien,veröffentlichungen,papiere,publikationen=papers; arbeit,studie,aufsatz=paper
behandeln,behandelt,untersuchen,untersucht,befassen,erforschen=study; beschreiben=describe; schlagen,schlägt=propose
verwenden,verwendet,nutzen,nutzt,benutzt,benutzen=use; erreicht,erreichen=reach; trainiert=trained
funktioniert=work; modell=model; modelle,modellen=models; daten=data; datensatz=dataset
datensätze,datensätzen=datasets; genauigkeit=accuracy; methode,verfahren=method; methoden=methods; ergebnis=result
ergebnisse=results; autoren=authors; beschleunigung=speedup
""",
    "French": """
qu'est-ce que,qu’est-ce que,qu'est-ce qu,qu’est-ce qu,c'est quoi=what is; que,quoi=what
quel,quelle,quels,quelles=which; qui=who; combien de,combien d=how many; combien=how much; comment=how; pourquoi=why
où=where; quand=when; est=is; sont=are; était=was; a-t-il,a-t-elle,ont-ils=has; le,la,les=the; un,une=a
de,du,des=of; et=and; ou=or; avec=with; sans=without; sur=about; pour=for; dans=in; par=by; entre=between
selon,d'après=according to; il y a,y a-t-il=are there; se=; au,aux=to the; ne=; pas=not
articles,papiers,études,travaux,publications=papers; article,étude=paper
traitent,étudient,portent,parlent,concernent=study; traite,étudie,porte=study
utilise,utilisent,emploie,emploient=use; atteint,atteint-il,atteint-elle,atteignent=reach; modèle=model
modèles=models; paramètres=parameters; données=data; jeu de données=dataset; jeux de données=datasets
précision=accuracy; accélération=speedup; différence,différences=difference; diffèrent=differ
comparez,compare=compare; méthode=method; méthodes=methods; résultat=result; résultats=results; auteurs=authors
entraîné=trained; proposent=propose
""",
    "Spanish": """
qué es=what is; qué son=what are; qué=what; cuál,cuáles=which; cuánto,cuánta=how much; cuántos,cuántas=how many
cómo=how; por qué=why; cuándo=when; dónde=where; quién,quiénes=who; es,está=is; son,están=are; fue=was; fueron=were
hay=are there; el,la,los,las=the; un,una=a; de=of; del=of the; y,e=and; o=or; con=with; sin=without
sobre,acerca de=about; para=for; en=in; por=by; entre=between; según=according to; se=; a=to; al=to the; tiene=has
tienen=have; no=not; artículos,trabajos,estudios,publicaciones=papers; artículo,trabajo,estudio=paper
tratan,estudian,investigan,abordan=study; utiliza,utilizan,usa,usan=use; alcanza,alcanzan=reach; modelo=model
modelos=models; parámetros=parameters; datos=data; conjunto de datos=dataset; conjuntos de datos=datasets
precisión=accuracy; aceleración=speedup; diferencia,diferencias=difference; método=method; métodos=methods
resultado=result; resultados=results; autores=authors; entrenado=trained; proponen=propose; variación=variation
decisiones=decisions; sesgo=bias; sesgos=biases
""",
    "Italian": """
che cos'è,cos'è,che cosa è,cosa è=what is; che cosa,cosa=what; quale,quali=which; quanto,quanta=how much
quanti,quante=how many; come=how; perché=why; quando=when; dove=where; chi=who; è=is; sono=are
il,lo,la,i,gli,le=the; un,uno,una=a; di=of; del,dello,della,dei,degli,delle=of the; e,ed=and; o=or; con=with
senza=without; su,sul,sulla,sui=about; per=for; in=in; nel,nella,nei=in the; tra,fra=between; secondo=according to
si=; ha=has; hanno=have; ci sono=are there; non=not; articoli,lavori,studi,pubblicazioni=papers
articolo,lavoro,studio=paper; trattano,studiano,riguardano,affrontano=study; usa,usano,utilizza,utilizzano=use
raggiunge,raggiungono=reach; modello=model; modelli=models; parametri=parameters; dati=data
precisione,accuratezza=accuracy; differenza,differenze=difference; metodo=method; metodi=methods; autori=authors
""",
    "Portuguese": """
o que é=what is; o que são=what are; que=what; qual,quais=which; quanto,quanta=how much; quantos,quantas=how many
como=how; por que=why; quando=when; onde=where; quem=who; é,está=is; são=are; foi=was; o,a,os,as=the; um,uma=a
de=of; do,da,dos,das=of the; e=and; ou=or; com=with; sem=without; sobre=about; para=for; em=in; no,na,nos,nas=in the
por=by; entre=between; segundo=according to; tem,têm=has; há=are there; não=not
artigos,trabalhos,estudos,publicações=papers; artigo,trabalho,estudo=paper; tratam,estudam,abordam,investigam=study
usa,usam,utiliza,utilizam=use; alcança,alcançam=reach; modelo=model; modelos=models; parâmetros=parameters
dados=data; conjunto de dados=dataset; precisão=accuracy; diferença,diferenças=difference; método=method
métodos=methods; resultados=results; autores=authors; treinado=trained; propõem=propose
""",
    "Dutch": """
wat is=what is; wat zijn=what are; wie is=who is; wat=what; welke,welk=which; hoeveel=how many; hoe=how; waarom=why
wanneer=when; waar=where; wie=who; zijn=are; werd=was; werden=were; de,het=the; een=a; en=and; van=of; voor=for
met=with; zonder=without; over=about; op=on; tussen=between; bij=at; volgens=according to; heeft=has; hebben=have
zich=; zijn er=are there; niet=not; artikelen,onderzoeken,publicaties=papers; artikel,onderzoek=paper
behandelen,bestuderen,onderzoeken=study; gebruikt,gebruiken=use; haalt,bereikt=reach; modellen=models; gegevens=data
nauwkeurigheid=accuracy; verschil,verschillen=difference; methode=method; auteurs=authors
""",
}
"""Own words and the English ones that take their place, nothing for those that only join."""

_SCRIPTS: dict[str, tuple[tuple[str, str], ...]] = {
    "Japanese": (
        (r"(\S[^?？。]*?)\s*とは(?:何|なに|なん)?(?:ですか)?", r"what is \1"), (r"どの論文が?", " which papers "),
        (r"(?:いくつ|何個|どれ(?:くらい|だけ))", " how many "), (r"について", " about "),
        (r"どのように|どうやって", " how "),
        (r"なぜ", " why "), (r"(?<=[^\x00-\x7f])(?:の|は|を|が|に|で|と)(?=[A-Za-z])", " "),
        (r"(?<=[A-Za-z0-9])(?:の|は|を|が|に|で|と)", " "), (r"パラメータ(?:ー)?", " parameters "), (r"ですか", " "),
    ),
    "Chinese": (
        (r"(\S[^?？。]*?)\s*是什么", r"what is \1"), (r"什么是", "what is "),
        (r"(?:有)?哪些(?:论文|文章|工作)", " which papers "),
        (r"多少(?:个)?", " how many "), (r"(?:如何|怎么|怎样)", " how "), (r"为什么", " why "), (r"什么", " what "),
        (r"关于|研究了?", " about "), (r"论文|文章", " papers "), (r"参数", " parameters "), (r"数据集", " dataset "),
        (r"比较", " compare "), (r"使用了?", " use "), (r"有(?= how many)", " has "),
        (r"[和与](?=\s*[A-Za-z])", " and "),
    ),
    "Russian": (
        (r"(?i)\bчто такое\b", "what is"), (r"(?i)\b(?:какие|какая|какой|какое|каких|каком)\b", "which"),
        (r"(?i)\bсколько\b", "how many"), (r"(?i)\bкак\b", "how"), (r"(?i)\bпочему\b", "why"),
        (r"(?i)\bкто\b", "who"),
        (r"(?i)\bстать[ияею]\w*|\bработ[ыае]\b", "papers"), (r"(?i)\b(?:об?|про)\b", "about"), (r"(?i)\bи\b", "and"),
        (r"(?i)\bпараметр\w*", "parameters"), (r"(?i)\bмодел\w*", "model"), (r"(?i)\b(?:у|в|на|для|с|по)\b", ""),
        (r"(?i)\b(?:изучают|исследуют|рассматривают)\b", "study"), (r"(?i)\bесть\b", ""),
    ),
}
"""By script, patterns and the words that take their place, in order."""
