"""Plain other words for the words that papers share, so that a made question need not echo its sentence. Pure."""

from __future__ import annotations

import re

_PAIRS = """
method=technique methods=techniques approach=way approaches=ways model=system models=systems framework=scheme
frameworks=schemes algorithm=procedure algorithms=procedures dataset=collection datasets=collections data=records
improve=raise improves=raises improving=raising improvement=gain improvements=gains performance=results
accuracy=correctness learn=acquire learns=acquires learned=acquired learning=training train=teach trained=taught
training=teaching image=picture images=pictures video=film videos=films text=writing texts=writings document=article
documents=articles word=term words=terms sentence=statement sentences=statements language=speech question=query
questions=queries answer=reply answers=replies generate=produce generates=produces generated=produced
generating=producing generation=production generative=creative detect=spot detects=spots detecting=spotting
detection=spotting predict=foresee predicts=foresees prediction=forecast predictions=forecasts predicting=foreseeing
estimate=gauge estimates=gauges estimating=gauging estimation=gauging classify=sort classification=sorting
cluster=group clusters=groups clustering=grouping evaluate=assess evaluates=assesses evaluation=assessment
evaluating=assessing compare=contrast comparison=contrast analyze=examine analysis=examination study=inquiry
studies=inquiries experiment=trial experiments=trials result=finding results=findings show=reveal shows=reveals
demonstrate=reveal demonstrates=reveals large=big larger=bigger small=little robust=sturdy robustness=sturdiness
efficient=frugal efficiently=frugally efficiency=thrift fast=quick faster=quicker novel=fresh complex=intricate
complexity=intricacy human=person humans=people user=person users=people patient=sick patients=ill disease=illness
diseases=illnesses treatment=therapy treatments=therapies drug=medicine drugs=medicines cause=reason causes=reasons
causal=cause-and-effect effect=outcome effects=outcomes bias=slant biases=slants fairness=even-handedness
error=mistake errors=mistakes noise=disturbance noisy=disturbed feature=trait features=traits
representation=encoding representations=encodings latent=hidden structure=layout structures=layouts network=web
networks=webs neural=brain-inspired knowledge=know-how information=facts reasoning=inference memory=storage
attention=focus task=job tasks=jobs problem=difficulty problems=difficulties challenge=difficulty
challenges=difficulties understand=grasp understanding=grasp explain=clarify explanation=account
explanations=accounts interpretable=readable interpretability=readability privacy=secrecy security=safety
attack=assault attacks=assaults search=lookup retrieve=fetch retrieval=lookup sample=draw samples=draws
sampling=drawing sequence=series sequences=series time=moment temporal=over-time spatial=in-space graph=net
graphs=nets tree=hierarchy measure=gauge measures=gauges measurement=reading measurements=readings reduce=lower
reduces=lowers reducing=lowering reduction=drop increase=growth increases=grows risk=danger policy=strategy
policies=strategies agent=actor agents=actors environment=setting environments=settings survey=overview
review=overview tool=aid tools=aids software=program application=use applications=uses design=plan designs=plans
control=steering scale=size diverse=varied diversity=variety similar=alike similarity=likeness speech=talk
music=melody emotion=feeling emotions=feelings gene=heredity genes=heredity protein=peptide proteins=peptides
cell=cellular cells=cellular climate=weather energy=power market=trade economic=financial student=pupil
students=pupils teacher=instructor school=classroom population=inhabitants group=cohort groups=cohorts
"""

OTHER_WORDS: dict[str, str] = {one: other for one, _, other in (pair.partition("=") for pair in _PAIRS.split())}


def reworded(text: str) -> str:
    """The text with every word that has a plain other word replaced, as "spot" for "detect"."""
    return re.sub(r"[A-Za-z-]+", lambda m: OTHER_WORDS.get(m[0].lower(), m[0]), text)
