"""Updates of plugins in a real site: the version that was asked for, or the one that was there."""

from __future__ import annotations

import shutil
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.bed.layout import INSTALLED
from local.directory.pack import Mishap, pack
from runtime.wordpress.port import PluginMissing, PluginRefused, SiteBusy, WordPressFault
from tests.agent.conftest import Shop
from tests.agent.plugins import Made, plugin
from tests.agent.test_plugins import without_directory

pytestmark = pytest.mark.slow

SPEAKS = "add_action('wp_head', fn () => print '<!-- old -->');"
Spoiling = Callable[[Path], object]


def left_behind(shop: Shop) -> list[str]:
    """What an update must not leave: maintenance mode, and files on their way."""
    places = [*shop.site.places.public.glob(".maintenance"), *shop.site.places.temporary.iterdir()]
    return [path.name for path in [*places, *(shop.site.content / "upgrade-temp-backup").glob("*/*")]]


def test_an_active_plugin_is_updated_and_stays_active_with_its_settings(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path, "register_activation_hook(__FILE__, fn () => update_option('guestbook', 'kept'));")
    made.toggle(True)
    made.confirm()
    made.publish("2.0")

    made.update("2.0")

    assert (made.version(), made.is_active()) == ("2.0", True)
    assert own_shop.php("get_option('guestbook')") == "kept"
    assert own_shop.agent.visit(own_shop.address).is_good
    assert left_behind(own_shop) == []


def test_a_real_plugin_is_updated_and_stays_inactive(own_shop: Shop, tmp_path: Path) -> None:
    akismet = INSTALLED / "core" / "wp-content" / "plugins" / "akismet"
    made = Made(own_shop, f"akismet-{time.time_ns()}", akismet)
    shutil.copytree(akismet, made.folder)
    made.publish("99.0")

    made.update("99.0")

    assert made.version() == "99.0"
    assert len(list(made.folder.rglob("*"))) == len(list(akismet.rglob("*")))
    assert made.slug not in own_shop.site.option("active_plugins")


def test_the_same_version_again_changes_nothing(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path)
    made.publish("2.0").unlink()
    fields = {"pluginId": made.slug, "version": "1.0", "package": made.package("1.0")}

    answer = own_shop.ask("update-plugin", fields)

    assert (answer.status, answer.json()) == (200, {"changed": False})


def test_an_older_version_can_be_put_back(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path)
    made.publish("0.9")

    made.update("0.9")

    assert made.version() == "0.9"


def test_a_plugin_that_is_one_file_becomes_a_folder_and_stays_active(own_shop: Shop, tmp_path: Path) -> None:
    hello = own_shop.site.content / "plugins" / "hello.php"
    source = hello.read_bytes()
    made = Made(own_shop, "hello-dolly", hello)
    package = made.publish("9.0")
    made.toggle(True)

    made.update("9.0")

    active = own_shop.php("get_option('active_plugins')")
    hello.write_bytes(source)
    package.unlink()
    assert active == ["hello-dolly/hello.php"]


def test_a_plugin_whose_main_file_got_another_name_stays_active(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path)
    made.toggle(True)
    (made.source / f"{made.slug}.php").rename(made.source / "guestbook.php")
    made.publish("2.0")

    made.update("2.0")

    assert own_shop.php("get_option('active_plugins')") == [f"{made.slug}/guestbook.php"]


def damaged(package: Path) -> None:
    """Change a byte of what is packed, with which WordPress would put an empty file."""
    content = bytearray(package.read_bytes())
    content[len(content) // 3] ^= 0xFF
    package.write_bytes(content)


def of_another_plugin(package: Path) -> None:
    other = pack(INSTALLED / "core" / "wp-content" / "plugins" / "hello.php", "other", "2.0", package.parent)
    other.replace(package)


def of_another_version(package: Path) -> None:
    with zipfile.ZipFile(package, "w") as archive:
        slug = package.name.removesuffix(".2.0.zip")
        archive.writestr(f"{slug}/{slug}.php", "<?php\n/* Plugin Name: Guestbook\nVersion: 2.0.1 */\n")


def in_need_of_more(package: Path) -> None:
    with zipfile.ZipFile(package, "w") as archive:
        slug = package.name.removesuffix(".2.0.zip")
        archive.writestr(f"{slug}/{slug}.php", "<?php\n/* Plugin Name: Guestbook\nVersion: 2.0\nRequires PHP: 99.0 */\n")


def of_no_plugin(package: Path) -> None:
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr(f"{package.name.removesuffix('.2.0.zip')}/readme.txt", "Nothing")


BAD: dict[str, tuple[Spoiling, str]] = {
    "cut off": (lambda package: package.write_bytes(package.read_bytes()[:-200]), "can unpack"),
    "damaged inside": (damaged, "can unpack"),
    "a page": (lambda package: package.write_text("<html>Not here</html>"), "can unpack"),
    "empty": (lambda package: package.write_bytes(b""), "can unpack"),
    "no plugin": (of_no_plugin, "can unpack"),
    "another plugin": (of_another_plugin, "another plugin"),
    "another version": (of_another_version, "another version"),
    "a newer PHP": (in_need_of_more, "newer PHP"),
    "gone": (lambda package: package.unlink(), "no such version"),
}


@pytest.mark.parametrize(("spoil", "said"), BAD.values(), ids=BAD)
def test_a_bad_package_is_refused_and_the_old_version_stays(own_shop: Shop, tmp_path: Path, spoil: Spoiling, said: str) -> None:
    made = plugin(own_shop, tmp_path, SPEAKS)
    made.toggle(True)
    package = made.publish("2.0")
    spoil(package)

    with pytest.raises(PluginRefused, match=said):
        made.update("2.0")

    package.unlink(missing_ok=True)
    assert (made.version(), made.is_active()) == ("1.0", True)
    assert "<!-- old -->" in own_shop.front_page()
    assert left_behind(own_shop) == []


ENDS = {
    "an end": "exit;",
    "a fatal error": "str_repeat('x', 1 << 40);",
    "an exception": "throw new Exception();",
    "a death": "wp_die('x');",
}
MOMENTS = {"before": "upgrader_source_selection", "without any version": "upgrader_clear_destination"}


@pytest.mark.parametrize("hook", MOMENTS.values(), ids=MOMENTS)
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_an_update_that_is_cut_off_leaves_the_old_version_and_lets_visitors_in(
    own_shop: Shop, tmp_path: Path, end: str, hook: str
) -> None:
    made = plugin(own_shop, tmp_path, SPEAKS)
    made.toggle(True)
    made.publish("2.0")
    (own_shop.site.content / "mu-plugins" / "fault.php").write_text(f"<?php add_filter('{hook}', function () {{ {end} }});")

    answer = own_shop.ask("update-plugin", {"pluginId": made.slug, "version": "2.0", "package": made.package("2.0")})

    assert (answer.status, answer.json()) == (500, {"code": "internal"})
    assert (made.version(), made.is_active()) == ("1.0", True)
    assert "<!-- old -->" in own_shop.front_page()
    assert left_behind(own_shop) == []
    assert own_shop.php("get_option('bbws_plugins.lock')") is False


def test_a_package_that_cannot_be_had_at_the_moment_is_no_refusal(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path)
    without_directory(own_shop)

    with pytest.raises(WordPressFault, match="could not download") as fault:
        made.update("2.0")
    assert not isinstance(fault.value, PluginRefused)


def test_a_package_inside_the_network_is_not_fetched(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path)
    made.publish("2.0")
    inside = made.package("2.0").replace("https:/", own_shop.site.config["BBWS_WORDPRESS_ORG"])

    with pytest.raises(WordPressFault, match="could not download"):
        own_shop.agent.update_plugin(own_shop.address, plugin_id=made.slug, version="2.0", package=inside)


@pytest.mark.parametrize("package", ["/etc/passwd", "file:///etc/passwd", "ftp://x/y.zip", "", None])
def test_a_package_that_is_no_web_address_is_refused(shop: Shop, package: str | None) -> None:
    answer = shop.ask("update-plugin", {"pluginId": "akismet", "version": "99.0", "package": package})

    assert (answer.status, answer.json()) == (400, {"code": "invalid_input", "field": "package"})


@pytest.mark.parametrize("slug", ["bbws-agent", "bbws-agent.php", "unknown", ".."])
def test_what_is_no_plugin_cannot_be_updated(shop: Shop, slug: str) -> None:
    with pytest.raises(PluginMissing):
        Made(shop, slug, Path()).update("2.0")


def test_a_broken_version_is_put_in_place_and_the_agent_still_answers(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path)
    made.toggle(True)
    made.confirm()
    made.publish("2.0", Mishap.FATAL)

    made.update("2.0")

    assert own_shop.agent.visit(own_shop.address).status == 500
    assert own_shop.agent.facts(own_shop.address).safe_mode
    assert made.version() == "2.0"
    made.publish("2.1")
    made.update("2.1")
    assert own_shop.agent.visit(own_shop.address).is_good


def test_of_updates_at_once_one_is_done_and_the_others_do_nothing(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path)
    made.toggle(True)
    made.publish("2.0")
    fields = {"pluginId": made.slug, "version": "2.0", "package": made.package("2.0")}

    with ThreadPoolExecutor(4) as pool:
        done = [call.result() for call in [pool.submit(own_shop.ask, "update-plugin", fields) for _ in range(4)]]

    answers = [(answer.status, answer.data) for answer in done]
    assert answers.count((200, b'{"changed":true}')) == 1
    others = {status for status, body in answers if body != b'{"changed":true}'}
    assert others <= {409, 503, 200}
    assert made.version() == "2.0"


def test_while_somebody_is_at_work_on_plugins_nobody_else_is(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path)
    made.publish("2.0")
    own_shop.site.sql(f"INSERT INTO wp_options (option_name, option_value) VALUES ('bbws_plugins.lock', '{int(time.time())}')")

    with pytest.raises(SiteBusy):
        made.update("2.0")
    with pytest.raises(SiteBusy):
        made.toggle(True)

    own_shop.set_option("bbws_plugins.lock", str(int(time.time()) - 61))
    made.update("2.0")
    assert made.version() == "2.0"


def test_while_wordpress_is_in_maintenance_the_site_is_busy(own_shop: Shop, tmp_path: Path) -> None:
    made = plugin(own_shop, tmp_path)
    marker = own_shop.site.places.public / ".maintenance"
    marker.write_text(f"<?php $upgrading = {int(time.time())};")

    try:
        with pytest.raises(SiteBusy):
            made.update("2.0")
    finally:
        marker.unlink()
