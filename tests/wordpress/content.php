<?php
/**
 * What plugins keep in a database, serialised by PHP itself: reads {"from", "to", "values"}, and writes each value twice, once with
 * the address and the folder of "from" in it and once with those of "to", as base64. Given {"read"}, it says which of the
 * values can not be unserialised.
 */

declare(strict_types=1);

enum Size: string
{
    case Large = 'large';
}

class Slider
{
    public string $image;
    protected array $slides;
    private ?Slider $next = null;
    public readonly Size $size;

    public function __construct(string $url, int $number)
    {
        $this->image = "$url/wp-content/uploads/ä-$number.png";
        $this->slides = ["$url/one/" => $number, 'second' => "$url?page=$number", 3 => null];
        $this->size = Size::Large;
    }

    public function follow(Slider $next): void
    {
        $this->next = $next;
    }
}

class Frozen
{
    public function __construct(private string $url)
    {
    }

    public function __serialize(): array
    {
        return [$this->url, 'url' => $this->url];
    }

    public function __unserialize(array $data): void
    {
        [$this->url] = $data;
    }
}

function value(string $url, string $folder, string $mail, int $number): array
{
    $first = new Slider($url, $number);
    $second = new Slider($url, $number + 1);
    $first->follow($second);
    $value = [
        'plain' => "<a href=\"$url/\">$url</a>, and $url.",
        'scalars' => [true, 0.1, -$number, null, INF, ''],
        'objects' => [$first, $second, new Frozen($url), (object) ['home' => $url]],
        'nested' => serialize(['deeper' => serialize(['url' => $url, 'text' => "\"quoted\"; '}"]), 'url' => "$url/x"]),
        'json' => json_encode(['url' => $url, 'in' => json_encode(['url' => "$url/y", 'line' => "a\nb"])]),
        'encoded' => ['https://example.org/?to=' . rawurlencode($url), rawurlencode(rawurlencode("$url/z"))],
        'block' => '<!-- wp:image {"url":"' . $url . '/a.png"} --><img src="' . strstr($url, '//') . '/a.png"/>',
        'folder' => ["$folder/public/wp-content", json_encode($folder)],
        'mail' => $mail,
    ];
    $value['reference'] = &$value['plain'];
    return $value;
}

$given = json_decode(stream_get_contents(STDIN), true);
if (isset($given['read'])) {
    $broken = static fn (string $encoded): bool => @unserialize(base64_decode($encoded)) === false;
    echo json_encode(array_values(array_filter($given['read'], $broken)));
    exit;
}
$mail = 'info@' . parse_url($given['from'][0], PHP_URL_HOST);
$made = static fn (array $place, int $number): string => base64_encode(serialize(value($place[0], $place[1], $mail, $number)));
echo json_encode(array_map(
    static fn (int $number): array => [$made($given['from'], $number), $made($given['to'], $number)],
    range(1, $given['values']),
));
