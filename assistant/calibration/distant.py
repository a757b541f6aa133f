"""Questions from many walks of life, for telling what a library says nothing about.

Each comes with the words that give its subject away: a library that holds them all in one paper may
well answer it, so there it is left out.
"""

from __future__ import annotations

DISTANT: tuple[tuple[str, str], ...] = tuple(
    (question.strip(), words.strip())
    for question, _, words in (
        line.partition("|")
        for line in """
At what temperature should sourdough bread be baked? | sourdough
Who composed the opera Rusalka? | opera
How many players does a rugby union side have on the field? | rugby
When was the Treaty of Westphalia signed? | westphalia
Which glaze recipes stay food-safe on stoneware pottery? | glaze
How is a violin bow rehaired? | violin
What depth should tulip bulbs be planted at? | tulip
How does the offside rule work in football? | offside
Which breeds of sheep tolerate foot rot best? | sheep
How long does cheddar need to mature before it is sold? | cheddar
What does tenancy law say about returning a deposit? | tenancy
How high is the toll on the Øresund bridge? | toll bridge
Which dose of metformin lowers HbA1c most in type 2 diabetes? | metformin
How often should a beehive be checked for varroa mites? | varroa
What caused the collapse of the Tacoma Narrows bridge? | tacoma
How much rain falls in Bergen in November? | bergen rain
Which species of orchid grow above 2,000 metres in the Andes? | orchid
Who won the chess world championship in 1972? | chess championship
How is concrete cured in freezing weather? | concrete cured
What share of voters turned out at the last Danish election? | danish election
How many calories does a kilogram of butter hold? | butter calories
Which knots are used to moor a sailing boat? | moor boat
What pigments did Vermeer use for his blues? | vermeer
How do salmon find the river they were born in? | salmon
What is the tensile strength of spider silk? | spider silk
How many moons of Saturn are larger than Mercury? | saturn
When did the last passenger pigeon die? | passenger pigeon
How is balsamic vinegar made in Modena? | vinegar
Which vaccine schedule is advised against rabies after a bite? | rabies
How are roof tiles fixed in storm-prone regions? | roof tiles
What was the wage of a coal miner in Wales in 1910? | miner wales
How do glaciers carve U-shaped valleys? | glaciers
Which grape varieties ripen earliest in Burgundy? | burgundy
How is rail gauge converted at the Polish border? | rail gauge
How long do patients stay in hospital after a hip replacement? | hip replacement
Which antibiotics does Helicobacter pylori resist? | helicobacter
What is the half-life of caesium-137 in forest soil? | caesium
How many eggs does a sea turtle lay each season? | turtle eggs
How did the Medici bank finance the wool trade? | medici
Which enzymes break down lignin in rotting wood? | lignin
What is the melting point of gallium? | gallium
How do magnitude 7 earthquakes change groundwater levels? | earthquakes groundwater
Which tax deductions can freelance translators claim? | tax freelance
How deep is Lake Baikal? | baikal
What inflation rate did Brazil report in 1993? | inflation brazil
Which exercises ease a frozen shoulder? | frozen shoulder
How was indigo dye extracted in the eighteenth century? | indigo
What is the gestation period of the African elephant? | elephant gestation
How do solar panels lose efficiency in desert dust? | solar panels dust
Which Sanskrit metre is used in the Ramayana? | ramayana
How many casualties did the Battle of Borodino claim? | borodino
How is methane measured over rice paddies? | methane paddies
Which statins raise the risk of muscle pain? | statins
What is the boiling point of ethanol at 3,000 metres? | ethanol boiling
How do zebrafish regrow their fins? | zebrafish
Which bacteria turn milk into kefir? | kefir
When is a dental root canal to be preferred over extraction? | dental
How do wind turbines affect the flight of bats? | turbines bats
What is the redshift of the quasar 3C 273? | quasar redshift
Which treaties govern fishing rights in the Barents Sea? | fishing barents
How is graphene grown on copper foil? | graphene
What does whooping cough cost the health service each year? | whooping
How do coral reefs recover after bleaching? | coral
Which soils suit blueberries? | blueberries
What tempo did Beethoven mark for the Hammerklavier sonata? | beethoven
How much vitamin D does an infant need? | vitamin infant
Which alloys are used in turbine blades of jet engines? | alloys turbine
How was the Rosetta Stone deciphered? | rosetta
What is the albedo of fresh snow? | albedo snow
How do monarch butterflies navigate to Mexico? | butterflies
Which clauses must an employment contract in France contain? | employment france
How is porcelain fired? | porcelain
What mortality does sepsis have in intensive care? | sepsis
How do peat bogs store carbon? | peat
Which sails does a gaff-rigged schooner carry? | schooner
How many chromosomes does the horse have? | chromosomes horse
What did a loaf of bread cost in Paris in 1789? | bread paris
How do insulin pumps detect a blocked catheter? | insulin
Which frescoes did Giotto paint in Padua? | frescoes
How is asphalt recycled? | asphalt
What is the incubation period of Lyme disease? | lyme
How do octopuses change the texture of their skin? | octopuses
Which mortar was used in Roman harbours? | mortar
How long may raw chicken be kept in a refrigerator? | chicken refrigerator
What is the orbital period of Halley's comet? | comet
How do mangroves cope with salt? | mangroves
Which women were among the first to climb Everest? | everest
How is whisky taxed in Scotland? | whisky
What does a midwife check during the first visit? | midwife
How do tectonic plates move over hot spots? | tectonic
Which sedatives are safe for cats? | sedatives
How is a sonnet by Petrarch rhymed? | petrarch
What is the wavelength of a sodium lamp? | sodium lamp
How many litres does a dairy cow give in a year? | dairy
Which airlines flew Concorde? | concorde
How do beavers build their dams? | beavers
What is the legal drinking age in Iceland? | drinking iceland
How is leather tanned with oak bark? | tanned leather
Which anaesthetics are used in cataract surgery? | cataract
How are pensions indexed in Sweden? | pensions
""".strip().splitlines()
    )
)
"""(question, its telling words)."""

STRANGERS: tuple[str, ...] = (
    "MS MARCO", "TruthfulQA", "HotpotQA", "SQuAD", "Natural Questions", "ImageNet", "CIFAR-100", "LibriSpeech", "WMT14",
    "GSM8K", "MMLU", "PubMedQA", "MIMIC-III", "UK Biobank", "Cora", "OGBN-Arxiv", "Penn Treebank", "CoNLL-2003",
    "KITTI", "Cityscapes", "MovieLens", "Atari 100k", "ShapeNet", "VoxCeleb", "AudioSet", "NHANES", "ADNI", "PhysioNet",
    "WikiText-103", "HumanEval",
)  # fmt: skip
"""Data sets that a paper may be asked about; those that a library mentions are left out there."""

MEASURES: tuple[str, ...] = (
    "MRR@10", "BLEU score", "ROUGE-L score", "word error rate", "perplexity", "F1 score", "mean squared error", "AUROC",
    "mean average precision", "Cohen's kappa", "top-5 error", "Hamming loss", "Brier score", "hazard ratio",
)  # fmt: skip

ATTRIBUTES: tuple[tuple[str, str], ...] = (
    ("How many GPU hours did training {subject} take?", "gpu hour"),
    ("What learning rate was used for {subject}?", "learning rate"),
    ("Who funded {subject}?", "fund"),
    ("Under which licence is {subject} released?", "licence license"),
    ("How much memory in gigabytes does {subject} need?", "memory gigabyte"),
    ("How many dollars did {subject} cost to build?", "cost dollar"),
    ("Which random seed was used in {subject}?", "random seed"),
    ("How much electricity does {subject} consume?", "electricity energy"),
    ("Which programming language is {subject} written in?", "programming implementation"),
    ("What response rate did the questionnaire in {subject} have?", "questionnaire response"),
    ("How many nurses took part in {subject}?", "nurse"),
    ("What batch size was used in {subject}?", "batch"),
    ("Which countries were surveyed in {subject}?", "country survey"),
)
"""What is often asked and seldom in an abstract, with the words of which none may stand in the paper.

Nothing that a record of a paper may tell (authors, year, venue)."""

THINGS: tuple[tuple[str, str], ...] = (
    ("Which optimiser did {subject} use?", "optimiser optimizer adam sgd"),
    ("Which activation function is used in {subject}?", "activation relu gelu sigmoid softmax"),
    ("Which tokenizer does {subject} rely on?", "tokenizer tokenization"),
    ("Which GPU was {subject} trained on?", "gpu gpus tpu cpu fpga hardware"),
    ("Which operating system does {subject} need?", "operating linux windows"),
    ("Which prompt template does {subject} use?", "prompt template"),
    ("Which statistical test was applied in {subject}?", "statistical significance significant test"),
    ("Which ethics committee approved {subject}?", "ethics ethical irb committee"),
    ("Which company sells {subject}?", "company commercial industry sell"),
    ("Which cloud service hosts {subject}?", "cloud host service"),
    ("Which annotation tool was chosen for {subject}?", "annotation annotator label"),
    ("Which warm-up schedule does {subject} follow?", "warm-up warmup schedule"),
    ("Which regulariser does {subject} add?", "regulariser regularizer regularization penalty"),
    ("At which university was {subject} developed?", "university institute college"),
    ("Which country do the authors of {subject} work in?", "country nation"),
    ("Which stopping criterion ends the training of {subject}?", "stopping criterion"),
    ("What vocabulary size does {subject} have?", "vocabulary"),
    ("What dropout rate was set for {subject}?", "dropout"),
    ("What weight decay does {subject} use?", "decay"),
    ("What clock frequency does {subject} run at?", "clock frequency"),
    ("How long did it take to train {subject}?", "hours days minutes seconds weeks months runtime duration"),
    ("How old were the participants in {subject}?", "age aged old participant adult child patient"),
    ("How much were the annotators of {subject} paid?", "paid wage salary annotator"),
    ("How expensive is it to run {subject}?", "cost expensive cheap price budget"),
    ("In which month were the data of {subject} collected?", "month collected january march april june july august"),
)
"""A generic thing asked of one paper, as people ask who know what papers tell somewhere, with the words of which
none may stand in the paper."""

PREDICATES: tuple[tuple[str, str], ...] = (
    ("Does {subject} run on a mobile phone?", "mobile phone smartphone device"),
    ("Is {subject} written in JavaScript?", "javascript"),
    ("Does {subject} support Arabic?", "arabic language multilingual"),
    ("Is {subject} protected by a patent?", "patent"),
    ("Can {subject} be used by blind people?", "blind impaired"),
    ("Was {subject} tested on children?", "child pediatric"),
    ("Does {subject} need an internet connection?", "internet web online"),
    ("Has {subject} been approved by a regulator?", "approve regulator regulation"),
    ("Does {subject} come with a graphical interface?", "graphical interface gui demo browser"),
    ("Does {subject} outperform human experts?", "human expert people"),
)
"""The same as questions for yes or no."""
