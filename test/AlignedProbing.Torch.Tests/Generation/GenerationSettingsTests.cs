using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Generation;

namespace AlignedProbing.Torch.Tests.Generation;

public sealed class GenerationSettingsTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    // transformers compares ids as numbers: 2.0 ends a text as 2 does, and -1 is written by no model.
    [Theory]
    [InlineData("2", new[] { 2 })]
    [InlineData("2.0", new[] { 2 })]
    [InlineData("-1", new int[0])]
    [InlineData("[2, -1, 3.0]", new[] { 2, 3 })]
    [InlineData("null", new int[0])]
    public void Ids_that_end_a_text_are_numbers(string json, int[] ids)
    {
        File.WriteAllText(_temporary["config.json"], $$"""{"eos_token_id": {{json}}, "rope_theta": NaN}""");
        Assert.Equal(ids, GenerationSettings.FromFolder(_temporary.FullPath).EndOfText);
    }

    [Theory]
    [InlineData("2.5")]
    [InlineData("\"2\"")]
    [InlineData("NaN")]
    [InlineData("1e12")]
    public void What_is_no_id_is_refused(string json)
    {
        File.WriteAllText(_temporary["config.json"], $$"""{"eos_token_id": {{json}}}""");
        Assert.Equal("config-broken", Assert.Throws<InputException>(() => GenerationSettings.FromFolder(_temporary.FullPath)).Code);
    }
}
