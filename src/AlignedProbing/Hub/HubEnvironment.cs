using System.Globalization;

namespace AlignedProbing.Hub;

/// <summary>Reads the variables of Python's huggingface_hub.</summary>
internal static class HubEnvironment
{
    private const long LargestTokenFile = 10_000;

    public static HubOptions Read(Func<string, string?> variable)
    {
        var userFolder = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var home = Path(Set("HF_HOME") ?? System.IO.Path.Combine(Set("XDG_CACHE_HOME") ?? System.IO.Path.Combine(userFolder, ".cache"), "huggingface"));
        var cache = Path(Set("HF_HUB_CACHE") ?? Set("HUGGINGFACE_HUB_CACHE") ?? System.IO.Path.Combine(home, "hub"));
        var preset = new HubOptions { CacheFolder = System.IO.Path.GetFullPath(cache) };
        var options = preset with
        {
            Endpoint = Set("HF_ENDPOINT") is { } endpoint ? Address(endpoint) : preset.Endpoint,
            Token = Token(Path(Set("HF_TOKEN_PATH") ?? System.IO.Path.Combine(home, "token"))),
            Offline = IsTrue(Set("HF_HUB_OFFLINE") ?? Set("TRANSFORMERS_OFFLINE")),
            Silence = Set("HF_HUB_DOWNLOAD_TIMEOUT") is { } seconds ? Seconds(seconds) : preset.Silence,
        };
        options.Validate();
        return options;

        string? Set(string name) => variable(name) is { Length: > 0 } value ? value : null;

        string Path(string text)
        {
            var path =
                text == "~" || text.StartsWith("~/", StringComparison.Ordinal) || text.StartsWith("~\\", StringComparison.Ordinal)
                    ? userFolder + text[1..]
                    : text;
            return EnvironmentReference.Expand(path, variable);
        }

        string? Token(string file)
        {
            if ((Set("HF_TOKEN") ?? Set("HUGGING_FACE_HUB_TOKEN"))?.Trim() is { Length: > 0 } token)
            {
                return token;
            }

            return IsTrue(Set("HF_HUB_DISABLE_IMPLICIT_TOKEN")) ? null : FromFile(file);
        }
    }

    private static Uri Address(string text) =>
        Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new InputException(
                "wrong-usage",
                $"HF_ENDPOINT={text}",
                "it is no web address",
                "Give for example https://huggingface.co, or leave it out"
            );

    private static TimeSpan Seconds(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 86_400
            ? TimeSpan.FromSeconds(seconds)
            : throw new InputException("wrong-usage", $"HF_HUB_DOWNLOAD_TIMEOUT={text}", "it is no number of seconds", "Give for example 30, or leave it out");

    private static bool IsTrue(string? text) => text?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

    private static string? FromFile(string path)
    {
        try
        {
            return File.Exists(path) && new FileInfo(path).Length <= LargestTokenFile && File.ReadAllText(path).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A token file that this user may not read is no token of theirs.
            return null;
        }
    }
}
