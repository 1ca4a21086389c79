using System.Net;

namespace AlignedProbing.Files.Http;

/// <summary>What came of a request: an answer, whatever its status, or the reason why none came whole.</summary>
/// <param name="Status">The answer's status.</param>
/// <param name="Body">Its body, whatever it is.</param>
/// <param name="Pause">The pause that it asks for; null where it asks for none.</param>
/// <param name="Failure">Why no answer came whole, in words; null where one did.</param>
/// <param name="NobodyThere">Whether no connection came about at all.</param>
internal sealed record ServiceReply(HttpStatusCode Status, string Body, TimeSpan? Pause, string? Failure = null, bool NobodyThere = false);
