using AlignedProbing.Files.Http;

namespace AlignedProbing.Tests.Files;

public class ServerTextTests
{
    [Theory]
    [InlineData("Quota exceeded.\r\nSee the console.", "Quota exceeded.  See the console")]
    [InlineData("\u001b[31mred\u001b[0m", "[31mred [0m")]
    [InlineData("The key s3cret is not valid.", "The key (key) is not valid")]
    [InlineData("a \ud83d\ude00 b", "a    b")]
    [InlineData(" ", "")]
    public void Words_of_a_server_are_one_line_without_the_key_and_without_what_a_terminal_obeys(string said, string shown) =>
        Assert.Equal(shown, ServerText.OneLine(said, "s3cret"));

    [Fact]
    public void Words_of_a_server_are_cut_at_300_characters() => Assert.Equal(new string('a', 300) + "…", ServerText.OneLine(new string('a', 5000)));

    [Theory]
    [InlineData("120", 120.0)]
    [InlineData("Tue, 24 Nov 2026 10:00:30 GMT", 30.0)]
    [InlineData("Tue, 24 Nov 2026 09:00:00 GMT", 0.0)]
    [InlineData("soon", null)]
    [InlineData(null, null)]
    public void The_pause_asked_for_is_read_from_seconds_and_from_dates_and_is_never_negative(string? header, double? seconds)
    {
        using var response = new HttpResponseMessage();
        if (header is not null)
        {
            response.Headers.TryAddWithoutValidation("Retry-After", header);
        }

        Assert.Equal(seconds, RetryPause.Of(response.Headers, new DateTimeOffset(2026, 11, 24, 10, 0, 0, TimeSpan.Zero))?.TotalSeconds);
    }
}
