"""Tests of apps/live, run in a Python that has the app's requirements: `python -m pytest test/apps`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

APP = Path(__file__).parents[2] / "apps" / "live"
ADA = {"email": "ada@example.com", "name": "Ada Lovelace", "user": "ada", "groups": '["analysts", "admins"]'}
NOBODY: dict[str, str | None] = {"email": None, "name": None, "user": None, "groups": None}


@pytest.fixture(autouse=True)
def app_on_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the modules of the app be imported, as `streamlit run` does."""
    monkeypatch.syspath_prepend(str(APP))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if str(APP) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def opened(user: dict[str, str | None]) -> AppTest:
    """Return the app as this user opens it."""
    app = AppTest.from_file(APP / "streamlit_app.py", default_timeout=30)
    app.user = user
    app.run()
    assert not app.exception
    return app


def button(app: AppTest, label: str):  # noqa: ANN201  (Streamlit does not export the type)
    """Return the button with this label."""
    return next(found for found in app.button if found.label == label)


def shown(app: AppTest) -> str:
    """Return all text of the page."""
    return "\n".join(str(element.value) for element in [*app.subheader, *app.markdown, *app.text])


def test_a_signed_in_user_is_shown() -> None:
    app = opened(ADA)
    assert app.title[0].value == "Signed in as Ada Lovelace"
    for text in ("ada@example.com", "analysts, admins"):
        assert text in shown(app)


def test_nothing_configured() -> None:
    app = opened({})
    assert app.title[0].value == "Nobody is signed in"
    assert "No gateway" in app.info[0].value


def test_configured_but_no_headers() -> None:
    app = opened(NOBODY)
    assert app.title[0].value == "Nobody is signed in"
    assert "past the gateway" in app.warning[0].value


def test_markup_in_a_name_stays_text() -> None:
    app = opened(ADA | {"name": "**Eve** :red[x]", "user": "[a](http://b)"})
    assert "**Eve** :red[x]" in [element.value for element in app.text]


def test_count() -> None:
    app = opened({})
    assert "Count: 0" in shown(app)
    button(app, "Count").click().run()
    button(app, "Count").click().run()
    assert "Count: 2" in shown(app)


def test_notes() -> None:
    app = opened({})
    for note in ("first", "  ", "*second*"):
        app.text_input[0].set_value(note)
        button(app, "Add note").click().run()
    assert "1. first" in shown(app)
    assert "2. *second*" in shown(app)
    assert "3." not in shown(app)
    button(app, "Clear notes").click().run()
    assert "1. first" not in shown(app)


def test_the_slider_answers() -> None:
    app = opened({})
    assert "Showing the last 60 seconds" in shown(app)
    app.slider(key="window").set_value(120).run()
    assert "Showing the last 120 seconds" in shown(app)
    assert not app.exception


def test_the_chart_can_be_stopped() -> None:
    app = opened({})
    app.toggle(key="live").set_value(False).run()
    assert "Samples: 1 · stopped" in shown(app)
    app.run()
    assert "Samples: 1 · stopped" in shown(app)
    app.toggle(key="live").set_value(True).run()
    assert "Samples: 2 · live" in shown(app)


def test_it_opens_at_rest() -> None:
    app = AppTest.from_file(APP / "streamlit_app.py", default_timeout=30)
    app.query_params["live"] = "false"
    app.run()
    assert not app.exception
    assert "Samples: 1 · stopped" in shown(app)


@pytest.mark.parametrize(
    ("held", "groups"),
    [
        ('["a", "b,c", "k\\u00fcche"]', ("a", "b,c", "küche")),
        (["a", "b"], ("a", "b")),
        (None, ()),
        ("", ()),
        ("no list", ()),
    ],
)
def test_groups(held: object, groups: tuple[str, ...]) -> None:
    import identity

    person = identity.of({"email": "a@b", "groups": held})
    assert person is not None
    assert person.groups == groups


def test_the_label_is_the_most_personal() -> None:
    import identity

    for held, label in [({"user": "u"}, "u"), ({"user": "u", "email": "e"}, "e"), (ADA, "Ada Lovelace")]:
        person = identity.of(held)
        assert person is not None
        assert person.label == label


@pytest.mark.parametrize("name", ["Zo\u00c3\u00ab", "Zoë"])
def test_a_name_is_read_whether_it_came_as_utf8_or_as_latin1(name: str) -> None:
    import identity

    person = identity.of({"name": name})
    assert person is not None
    assert person.name == "Zoë"
