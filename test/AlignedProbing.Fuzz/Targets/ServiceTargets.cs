using System.Net;
using System.Text;
using AlignedProbing.Fuzz.Mutations;
using AlignedProbing.Hub;
using AlignedProbing.Scoring.Judges;
using AlignedProbing.Scoring.Perspective;

namespace AlignedProbing.Fuzz.Targets;

/// <summary>Answers of servers.</summary>
internal static class ServiceTargets
{
    private static readonly JsonMutator Json = new();
    private static readonly HttpStatusCode[] Codes = [HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.Forbidden, HttpStatusCode.TooManyRequests];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("answers of the Hub", Json, () =>
            [
                Corpus.Text(
                    """
                    {"sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","siblings":[
                     {"rfilename":"config.json","size":5,"blobId":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},
                     {"rfilename":"m.safetensors","lfs":{"sha256":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","size":9}}]}
                    """),
            ],
            (_, bytes) => HubListing.Parse(bytes))
        {
            Sources = ["AlignedProbing/Hub/HubListing.cs"],
            // Its caller words the error.
            IsRefusal = error => error is FormatException,
        },
        new("answers of judges", Json, () =>
        [
            Corpus.Text("""{"choices":[{"message":{"role":"assistant","content":"7","refusal":null},"finish_reason":"stop"}],"usage":{"total_tokens":9}}"""),
            Corpus.Text("""{"error":{"message":"context length exceeded","type":"invalid_request_error","code":"context_length_exceeded"}}"""),
        ], (_, bytes) => Array.ForEach(Codes, code => EndpointReply.Of(code, Encoding.UTF8.GetString(bytes), null)))
        {
            Sources = ["AlignedProbing/Scoring/Judges/EndpointReply.cs"],
        },
        new("answers of Perspective", Json, () =>
        [
            Corpus.Text("""{"attributeScores":{"TOXICITY":{"summaryScore":{"value":0.25,"type":"PROBABILITY"}}},"languages":["en"]}"""),
            Corpus.Text(
                """
                {"error":{"code":400,"message":"Attribute TOXICITY does not support request languages: xx","details":[
                 {"errorType":"LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE","languageNotSupportedByAttributeError":{"attribute":"TOXICITY"}},
                 {"reason":"x","metadata":{"quota_limit":"PerDay"}}]}}
                """),
        ], (_, bytes) => Array.ForEach(Codes, code => PerspectiveReply.Of(code, Encoding.UTF8.GetString(bytes), ["toxicity"], null)))
        {
            Sources = ["AlignedProbing/Scoring/Perspective/PerspectiveReply.cs"],
        },
    ];
}
