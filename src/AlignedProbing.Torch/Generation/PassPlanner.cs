using AlignedProbing.Torch.Kernels;

namespace AlignedProbing.Torch.Generation;

/// <summary>Divides segments into passes of a bounded number of tokens; a long segment is read in pieces.</summary>
internal static class PassPlanner
{
    /// <summary>Tokens of a pass at most.</summary>
    public const int TokensAtATime = 2048;

    /// <summary>The passes, in order. A prompt's tokens come before its tails', in the same pass or an earlier one.</summary>
    public static IEnumerable<IReadOnlyList<TokenSegment>> Passes(IEnumerable<TokenSegment> segments, int limit = TokensAtATime)
    {
        var pass = new List<TokenSegment>();
        var room = limit;
        foreach (var segment in segments)
        {
            var rest = segment.Ids;
            while (!rest.IsEmpty)
            {
                var taken = Math.Min(room, rest.Length);
                pass.Add(segment with { Ids = rest[..taken] });
                rest = rest[taken..];
                room -= taken;
                if (room == 0)
                {
                    yield return pass;
                    pass = [];
                    room = limit;
                }
            }
        }

        if (pass.Count > 0)
        {
            yield return pass;
        }
    }
}
