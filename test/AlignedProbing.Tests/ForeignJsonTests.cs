using System.Text;
using System.Text.Json;

namespace AlignedProbing.Tests;

/// <summary>The one door for foreign JSON.</summary>
public sealed class ForeignJsonTests
{
    [Theory]
    [InlineData("""{"a":"\ud83d"}""", 6)]
    [InlineData("""{"a":"\uDE00"}""", 6)]
    [InlineData("""{"a":"\ud83d\u0041"}""", 6)]
    [InlineData("""{"\ud83d":1}""", 2)]
    [InlineData("""{"a":"\\\ud83d"}""", 8)]
    public void Half_a_pair_is_refused_at_its_byte(string json, int at)
    {
        var error = Assert.Throws<JsonTextException>(() => ForeignJson.Parse(json));
        Assert.Equal(at, error.BytePositionInLine);
    }

    [Theory]
    [InlineData("""{"a":"\ud83d\ude00"}""", "\U0001F600")]
    [InlineData("""{"a":"\\ud83d"}""", "\\ud83d")]
    [InlineData("\uFEFF{\"a\":\"\u00e9\"}", "\u00e9")]
    public void Whole_texts_are_read(string json, string text)
    {
        using var document = ForeignJson.Parse(json);
        Assert.Equal(text, document.RootElement.GetProperty("a").GetString());
    }

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_refused_at_their_place()
    {
        var error = Assert.Throws<JsonTextException>(() => ForeignJson.Parse((byte[])[(byte)'"', (byte)'a', 0xC3, 0xA9, 0xFF, (byte)'"']));
        Assert.Equal(4, error.BytePositionInLine);
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"b":[{"a":1,"a":1}]}""")]
    [InlineData("""{"a":1,"\u0061":2}""")]
    public void A_name_that_stands_twice_is_refused(string json)
    {
        Assert.ThrowsAny<JsonException>(() => ForeignJson.Parse(json));
        Assert.ThrowsAny<JsonException>(() => ForeignJson.Node(Encoding.UTF8.GetBytes(json)));
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Nesting_has_an_end(int levels, bool isRead)
    {
        var json = new string('[', levels) + new string(']', levels);
        Assert.Equal(isRead, Record.Exception(() => ForeignJson.Parse(json)) is null);
    }

    // As json.dumps writes float("nan"), float("inf") and -float("inf").
    [Theory]
    [InlineData(
        """{"a": NaN, "b": [Infinity, -Infinity, -1], "c": "NaN, Infinity"}""",
        """{"a": "NaN", "b": ["Infinity", "-Infinity", -1], "c": "NaN, Infinity"}"""
    )]
    [InlineData("NaN", "\"NaN\"")]
    [InlineData("""{"a": "\"", "b": NaN}""", """{"a": "\"", "b": "NaN"}""")]
    public void Numbers_of_Python_that_JSON_does_not_have_become_texts(string python, string json)
    {
        using var found = ForeignJson.ParsePython(python);
        Assert.Equal(json, found.RootElement.GetRawText());
        Assert.ThrowsAny<JsonException>(() => ForeignJson.Parse(python));
    }
}
