"""Which category a text is about: what is learned, what is not, and how often it is right."""

from pathlib import Path
from statistics import mean

import pytest

from services.intake.suggest.keeping import Classifier, Kept, save
from services.intake.suggest.model import BEGINNING, guesses, learn, spoke_for
from services.intake.suggest.trial import evaluate, train
from services.records.directory import REQUIRED_FILES, read
from shared.directory import Town
from tests.builders import MONDAY_10
from tests.suggest.reading import real_messages, sentences

DEMO = Path(__file__).parents[2] / "deploy" / "demo"
HISTORY = [
    *((f"楼道灯不亮，{where}很黑", "lighting") for where in ("一楼", "二楼", "门口", "楼梯间")),
    *((f"楼上漏水，{where}都湿了", "leak") for where in ("天花板", "墙面", "地板", "厨房")),
]


def test_the_likeliest_comes_first_with_what_spoke_for_it() -> None:
    """In the text's own words, and the shares are of one whole."""
    model = learn(HISTORY)
    first, second = guesses(model, "三楼的楼道灯坏了")
    assert (first.category, second.category) == ("lighting", "leak")
    assert first.share > 0.5
    assert first.share + second.share == pytest.approx(1)
    assert spoke_for(model, "三楼的楼道灯坏了", "lighting") == ["楼道灯"]


def test_what_it_knows_nothing_of_gets_no_guess() -> None:
    """Rather than the commonest category."""
    assert guesses(learn(HISTORY), "abc 123") == []


def test_nothing_of_one_message_alone_is_kept() -> None:
    """Nor any digit: a name, a flat or a phone number would be."""
    counts = learn([*HISTORY, ("鑫 13812345678 楼道灯不亮", "lighting"), ("13812345678", "leak")]).counts
    assert not any("鑫" in gram or gram.isdigit() for gram in counts)
    assert "道灯" in counts


def test_only_the_beginning_counts() -> None:
    """People begin with what it is."""
    model = learn(HISTORY)
    text = "灯" * BEGINNING
    assert guesses(model, text + "楼上漏水" * 50) == guesses(model, text)


def test_a_repeated_text_is_never_learned_and_held_out() -> None:
    """Copies of one message would make any model look right."""
    copied = train([*HISTORY, *HISTORY, *HISTORY])
    assert copied == train(HISTORY)
    assert copied.held_out.n == len(HISTORY)


@pytest.mark.parametrize(
    "examples", [[], [("灯", "lighting"), ("灯坏", "lighting")], [("灯", "a"), ("水", "b")]], ids=len
)
def test_too_little_is_refused(examples: list[tuple[str, str]]) -> None:
    """Two categories with two texts each are the least that can be held out."""
    with pytest.raises(ValueError, match="two categories"):
        train(examples)


def test_untrained_it_goes_by_the_directorys_own_words(tmp_path: Path) -> None:
    """Of the demo's matters, in sentences made up for it: four in five come first."""
    town = Town(read({name: (DEMO / name).read_text(encoding="utf-8") for name in REQUIRED_FILES}, 1))
    in_force = Classifier(tmp_path).in_force(town)
    figures = evaluate(in_force.model, [(text, category) for category, text in sentences("matters.csv")])
    assert not in_force.trained
    assert figures.accuracy >= 0.8
    assert figures.top3 >= 0.9


def test_what_the_training_lacks_goes_by_the_directorys_words(tmp_path: Path) -> None:
    """A history of two categories takes no other one away: two in three of the others' sentences still come first."""
    town = Town(read({name: (DEMO / name).read_text(encoding="utf-8") for name in REQUIRED_FILES}, 1))
    save(tmp_path, Kept(trained_at=MONDAY_10, trained=train(HISTORY)))
    in_force = Classifier(tmp_path).in_force(town)
    others = [(text, code) for code, text in sentences("matters.csv") if code not in ("lighting", "leak")]
    assert in_force.trained
    figures = evaluate(in_force.model, others)
    assert figures.accuracy >= 0.66
    assert guesses(in_force.model, "三楼的楼道灯坏了")[0].category == "lighting"


def test_words_that_any_text_has_are_no_reasons() -> None:
    """What is English about a text says nothing of its matter."""
    model = learn([("the light and the stairs", "lighting"), ("the light", "lighting"), ("water", "a"), ("water", "a")])
    assert spoke_for(model, "the light and the door", "lighting") == ["light"]


def test_real_messages_are_sorted_as_people_sorted_them() -> None:
    """Seven categories: of those held out three in four come first, nineteen in twenty among three, give or take."""
    messages = real_messages("citizen_messages_labelled.csv")
    examples = [(f"{each['subject']}\n{each['detail']}", each["category"]) for each in messages]
    trials = [train(examples, seed).held_out for seed in range(5)]
    assert mean(each.accuracy for each in trials) >= 0.7
    assert mean(each.top3 for each in trials) >= 0.9
