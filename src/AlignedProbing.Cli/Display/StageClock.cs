using System.Globalization;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Cli.Display;

/// <summary>Rate and time left of the stage that is running. Work that an earlier run did is left out of the rate.</summary>
internal sealed class StageClock(TimeProvider time)
{
    private string? _stage;
    private long _start;
    private long _doneAtStart;
    private long _lastDone;

    /// <summary>Takes a report; true where it begins another stage, or the same one anew (the next scorer, the next probe).</summary>
    public bool Take(StageProgress progress)
    {
        var begins = progress.Stage != _stage || progress.Done < _lastDone;
        _lastDone = progress.Done;
        if (!begins)
        {
            return false;
        }

        _stage = progress.Stage;
        _start = time.GetTimestamp();
        _doneAtStart = progress.Done;
        return true;
    }

    /// <summary>"1,280 of 10,000 continuations (12 %), 412 a second, 0:21 left".</summary>
    public string Describe(StageProgress progress)
    {
        var seconds = time.GetElapsedTime(_start).TotalSeconds;
        var fresh = progress.Done - Math.Max(_doneAtStart, progress.AlreadyDone);
        var ofBytes = progress.Unit == "bytes";
        if (progress.Total > 0 && progress.AlreadyDone >= progress.Total)
        {
            return $"nothing to do, all {Amount(progress.Total)} were there";
        }

        var text =
            progress.Total > 0
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(ofBytes ? ByteText.Of(progress.Done) : progress.Done.ToString("N0", CultureInfo.InvariantCulture))} of {Amount(progress.Total)} " +
                    $"({100 * progress.Done / progress.Total} %)")
                : Amount(progress.Done);
        if (fresh <= 0 || seconds < 0.5)
        {
            return text;
        }

        var rate = fresh / seconds;
        text += $", {(ofBytes ? ByteText.Of((long)rate) : rate.ToString(rate >= 10 ? "N0" : "0.0", CultureInfo.InvariantCulture))} a second";
        return progress.Total <= 0 || progress.Done >= progress.Total
            ? $"{text}, {Duration(TimeSpan.FromSeconds(seconds))}"
            : $"{text}, {Duration(TimeSpan.FromSeconds((progress.Total - progress.Done) / rate))} left";

        string Amount(long number) => ofBytes ? ByteText.Of(number) : string.Create(CultureInfo.InvariantCulture, $"{number:N0} {progress.Unit}");
    }

    /// <summary>"0:21", "12:05", "3:12:05".</summary>
    public static string Duration(TimeSpan span) =>
        span.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours}:{span.Minutes:00}:{span.Seconds:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{span.Minutes}:{span.Seconds:00}");
}
