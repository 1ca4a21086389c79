using System.Globalization;
using AlignedProbing.Torch.Kernels;
using TorchSharp;

namespace AlignedProbing.Torch.Models;

/// <summary>A kind of place in a model.</summary>
public enum SiteKind
{
    /// <summary>The embedding output, after every scaling and position: hidden state 0.</summary>
    Embedding,

    /// <summary>What a block reads.</summary>
    BlockInput,

    /// <summary>What attention gives, before it is added to the stream.</summary>
    AttentionOutput,

    /// <summary>What the feed-forward part gives, before it is added to the stream.</summary>
    FeedForwardOutput,

    /// <summary>What a block passes on.</summary>
    BlockOutput,

    /// <summary>The stream after the final norm.</summary>
    FinalNorm,
}

/// <summary>A named place of a model whose value, float32 [tokens, width], can be read and replaced during a forward pass.</summary>
/// <param name="Kind">What kind of place.</param>
/// <param name="Block">The block, from 0; -1 outside the blocks.</param>
public readonly record struct Site(SiteKind Kind, int Block)
{
    /// <summary>
    /// The site's name: <c>embedding</c>, <c>blocks.6.input</c>, <c>blocks.6.attention_output</c>, <c>blocks.6.feed_forward_output</c>, <c>blocks.6.output</c>,
    /// <c>final_norm</c>.
    /// </summary>
    public override string ToString() => Kind switch
    {
        SiteKind.Embedding => "embedding",
        SiteKind.FinalNorm => "final_norm",
        _ => string.Create(CultureInfo.InvariantCulture, $"blocks.{Block}.{Part}"),
    };

    private string Part => Kind switch
    {
        SiteKind.BlockInput => "input",
        SiteKind.AttentionOutput => "attention_output",
        SiteKind.FeedForwardOutput => "feed_forward_output",
        _ => "output",
    };

    /// <summary>All sites of a decoder each of whose blocks has one mixer, whose result is its attention's, in the order they are passed.</summary>
    /// <param name="blocks">Number of blocks.</param>
    public static IReadOnlyList<Site> OfMixers(int blocks) => [.. OfDecoder(blocks).Where(site => site.Kind != SiteKind.FeedForwardOutput)];

    /// <summary>All sites of a decoder whose blocks read, attend, feed forward and pass on, in the order they are passed.</summary>
    /// <param name="blocks">Number of blocks.</param>
    public static IReadOnlyList<Site> OfDecoder(int blocks)
    {
        var sites = new List<Site> { new(SiteKind.Embedding, -1) };
        for (var block = 0; block < blocks; block++)
        {
            sites.Add(new Site(SiteKind.BlockInput, block));
            sites.Add(new Site(SiteKind.AttentionOutput, block));
            sites.Add(new Site(SiteKind.FeedForwardOutput, block));
            sites.Add(new Site(SiteKind.BlockOutput, block));
        }

        sites.Add(new Site(SiteKind.FinalNorm, -1));
        return sites;
    }
}

/// <summary>Reads and replaces values at sites during a forward pass.</summary>
public interface ISiteEditor
{
    /// <summary>The value at a site, once a pass.</summary>
    /// <param name="site">The site.</param>
    /// <param name="value">float32 [tokens, width], contiguous. It belongs to the pass; writing into it changes it.</param>
    /// <param name="batch">Which token each row is.</param>
    void At(Site site, torch.Tensor value, TokenBatch batch);
}
