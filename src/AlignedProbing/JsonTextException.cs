using System.Text.Json;

namespace AlignedProbing;

/// <summary>JSON whose syntax may be right, and which holds something that is no Unicode text: half a surrogate pair, or bytes that are not UTF-8.</summary>
/// <param name="message">What, and at which byte, without a stop.</param>
/// <param name="at">The byte, from 0.</param>
public sealed class JsonTextException(string message, long at) : JsonException(message, null, 0, at);
