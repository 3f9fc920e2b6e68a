"""Tests of apps/explorer, run in a Python that has the app's requirements: `python -m pytest test/apps`."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

APP = Path(__file__).parents[2] / "apps" / "explorer"


@pytest.fixture(autouse=True)
def app_on_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the modules of the app be imported, as `streamlit run` does."""
    monkeypatch.syspath_prepend(str(APP))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if str(APP) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def app() -> AppTest:
    """Return the app, opened at its first page."""
    opened = AppTest.from_file(APP / "streamlit_app.py", default_timeout=30).run()
    assert not opened.exception
    return opened


def texts(app: AppTest) -> str:
    """Return all Markdown of the page."""
    return "\n".join(element.value for element in app.markdown)


def test_overview_shows_every_country(app: AppTest) -> None:
    assert app.title[0].value == "Health and wealth of nations"
    assert "142 countries in 2007" in texts(app)
    assert [metric.label for metric in app.metric] == ["People", "Life expectancy", "GDP per person"]
    assert len(app.dataframe[0].value) == 142


def test_overview_filters(app: AppTest) -> None:
    app.pills(key="continent").set_value(["Oceania", "Europe"])
    app.slider(key="year").set_value(1952)
    app.select_slider(key="smallest").set_value(50)
    app.run()
    assert not app.exception
    assert "5 countries in 1952" in texts(app)
    assert set(app.dataframe[0].value["continent"]) == {"Europe"}


def test_overview_without_a_match(app: AppTest) -> None:
    app.pills(key="continent").set_value(["Oceania"])
    app.select_slider(key="smallest").set_value(100)
    app.run()
    assert app.info[0].value == "No country matches these filters."
    assert not app.exception


def test_overview_offers_the_rows(app: AppTest) -> None:
    app.pills(key="continent").set_value(["Asia"])
    app.slider(key="year").set_value(1977)
    app.run()
    assert app.download_button[0].label == "Download filtered rows"
    rows = app.dataframe[0].value
    assert len(rows) == 33
    assert set(rows["continent"]) == {"Asia"}


def test_filters_survive_a_change_of_page(app: AppTest) -> None:
    app.slider(key="year").set_value(1962).run()
    app.switch_page("pages_/compare.py").run()
    assert app.title[0].value == "Compare countries"
    app.switch_page("pages_/overview.py").run()
    assert "142 countries in 1962" in texts(app)


def test_compare_is_deep_linkable() -> None:
    app = AppTest.from_file(APP / "streamlit_app.py", default_timeout=30).run()
    app.switch_page("pages_/compare.py")
    app.query_params["country"] = ["Japan", "Kenya"]
    app.query_params["measure"] = "Population"
    app.run()
    assert not app.exception
    assert "Population of Japan, Kenya" in texts(app)
    assert [metric.label for metric in app.metric] == ["Japan", "Kenya"]


def test_compare_asks_for_a_country(app: AppTest) -> None:
    app.switch_page("pages_/compare.py").run()
    app.multiselect(key="country").set_value([]).run()
    assert app.info[0].value == "Choose at least one country."


def test_upload(app: AppTest) -> None:
    import uploads

    app.switch_page("pages_/your_data.py").run()
    assert app.download_button[0].label == "Download a sample file"
    app.file_uploader[0].upload("sample.csv", uploads.SAMPLE_CSV.encode(), "text/csv").run()
    assert not app.exception
    assert app.success[0].value == "Read 5 rows and 4 columns of `sample.csv`"
    assert list(app.dataframe[0].value["Column"]) == ["city", "founded", "visitors", "rating"]

    app.selectbox[1].set_value("rating").run()
    assert not app.exception

    app.switch_page("pages_/overview.py").run()
    app.switch_page("pages_/your_data.py").run()
    assert app.success[0].value.startswith("Read 5 rows")

    next(button for button in app.button if button.label == "Forget this file").click().run()
    assert not app.success
    assert app.download_button[0].label == "Download a sample file"


def test_upload_of_a_bad_file(app: AppTest) -> None:
    app.switch_page("pages_/your_data.py").run()
    app.file_uploader[0].upload("bad.csv", b"a,b\n1,2\n1,2,3\n", "text/csv").run()
    assert not app.exception
    assert "expected 2 fields in line 3, saw 3" in app.error[0].value
    assert not app.success


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"  \n \n", "is empty"),
        (b"PK\x03\x04\x00\x00", "not a text file"),
        ("größe\n1\n".encode("latin-1"), "not in UTF-8"),
        (b"a,b\n", "no rows"),
        (b'a,b\n1,"2\n', "do not fit together"),
        (",".join(map(str, range(201))).encode() + b"\n" + b"1," * 200 + b"1\n", "201 columns"),
    ],
)
def test_bad_files_get_a_sentence(content: bytes, message: str) -> None:
    import uploads

    with pytest.raises(uploads.UnreadableFile, match=message):
        uploads.read_csv("file.csv", io.BytesIO(content))


@pytest.mark.parametrize(
    "content",
    ["a;b\n1;2\n", "a\tb\n1\t2\n", "\ufeffa,b\r\n1,2\r\n", "a|b\n1|2\n"],
)
def test_usual_kinds_of_csv_are_read(content: str) -> None:
    import uploads

    rows = uploads.read_csv("file.csv", io.BytesIO(content.encode())).rows
    assert rows.to_dict("list") == {"a": [1], "b": [2]}


def test_a_huge_file_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    import uploads

    monkeypatch.setattr(uploads, "MAX_ROWS", 10)
    upload = uploads.read_csv("file.csv", io.BytesIO(b"a\n" + b"1\n" * 11))
    assert (len(upload.rows), upload.truncated) == (10, True)


def test_odd_columns_are_described_and_drawn() -> None:
    import charts
    import uploads

    rows = uploads.read_csv("f.csv", io.BytesIO(b"a.b,c:d[0],empty,,yes\n1,x,,2,True\n2,y,,3,False\n")).rows
    described = uploads.describe(rows)
    assert list(described["Kind"]) == ["number", "text", "number", "number", "yes or no"]
    for column in rows.columns:
        assert charts.distribution(rows[column]).to_dict()
    assert charts.scatter(rows["a.b"], rows[rows.columns[3]]).to_dict()


def test_the_world_adds_up() -> None:
    import world

    rows = world.load()
    assert rows.shape == (1704, 6)
    assert set(rows["continent"]) == set(world.CONTINENTS)
    years = world.per_year(rows).set_index("year")
    assert 66 < years.loc[2007, "life_expectancy"] < 71
    assert years.loc[2007, "population"] > 6e9
