namespace AlignedProbing.ChatTemplates.Values;

/// <summary>What stands in <c>[start:stop:step]</c>.</summary>
internal sealed class SliceValue(long? start, long? stop, long step) : Value
{
    public override string TypeName => "slice";

    /// <summary>The indices it takes of a sequence of some length, in order; at most that many.</summary>
    public IEnumerable<int> Indices(int length)
    {
        var first = step > 0 ? 0 : -1;
        var last = step > 0 ? length : length - 1;
        var from = start is { } given ? Clamp(given) : step > 0 ? first : last;
        var to = stop is { } end ? Clamp(end) : step > 0 ? last : first;
        for (var index = from; step > 0 ? index < to : index > to; index += step)
        {
            yield return (int)index;
            if (step > length || step < -length)
            {
                yield break;
            }
        }

        long Clamp(long bound) => Math.Clamp(bound < 0 ? bound + length : bound, first, last);
    }

    public override void AppendRepr(System.Text.StringBuilder output, Rendering rendering) => output.Append("slice");
}
