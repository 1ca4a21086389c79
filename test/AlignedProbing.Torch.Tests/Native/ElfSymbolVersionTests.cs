using AlignedProbing.Torch.Native;

namespace AlignedProbing.Torch.Tests.Native;

public class ElfSymbolVersionTests
{
    private const string Library = "libLibTorchSharp.so";

    [Fact]
    public void The_new_version_and_symbol_are_gone_and_nothing_else_changes_size()
    {
        var before = Shipped();
        var after = before.ToArray();
        Assert.True(ElfSymbolVersion.Relax(after));
        Assert.Equal(before.Length, after.Length);

        // The name stands a second time in the table for debuggers, which the loader does not read.
        var name = System.Text.Encoding.ASCII.GetBytes(ElfSymbolVersion.NewSymbol);
        Assert.Equal(before.AsSpan().Count(name) - 1, after.AsSpan().Count(name));
        Assert.InRange(before.Zip(after).Count(pair => pair.First != pair.Second), 1, 40);

        // Done once, there is nothing left to do.
        Assert.False(ElfSymbolVersion.Relax(after));
    }

    [Fact]
    public void A_library_that_needs_more_of_the_new_version_is_left_as_it_is()
    {
        var image = Shipped();
        image[image.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(ElfSymbolVersion.NewSymbol)) + 5] = (byte)'X';
        var before = image.ToArray();
        Assert.Contains("GLIBCXX_3.4.32", Assert.Throws<BadImageFormatException>(() => { ElfSymbolVersion.Relax(image); }).Message, StringComparison.Ordinal);
        Assert.Equal(before, image);
    }

    [Fact]
    public void Anything_else_than_such_a_library_is_refused()
    {
        Assert.Throws<BadImageFormatException>(() => { ElfSymbolVersion.Relax(new byte[10]); });
        Assert.Throws<BadImageFormatException>(() => { ElfSymbolVersion.Relax(new byte[1000]); });
    }

    [Fact]
    public void Truncated_and_damaged_images_end_in_one_kind_of_exception()
    {
        var image = Shipped();
        var sections = BitConverter.ToInt64(image, 0x28);
        for (var length = 0; length < sections; length += image.Length / 50)
        {
            Assert.Throws<BadImageFormatException>(() => { ElfSymbolVersion.Relax(image.AsSpan(0, length).ToArray()); });
        }

        // Every byte of the header, and of the section table, set to 255: either refused or without effect on what is read.
        var places = Enumerable.Range(0, 64).Concat(Enumerable.Range((int)sections, (int)(image.Length - sections)));
        var scratch = new byte[image.Length];
        foreach (var place in places)
        {
            image.CopyTo(scratch);
            scratch[place] = 255;
            try
            {
                ElfSymbolVersion.Relax(scratch);
            }
            catch (BadImageFormatException)
            {
                // One of the two allowed ends.
            }
        }
    }

    [Fact]
    public void The_hash_is_that_of_the_abi()
    {
        // readelf -V shows these in any C++ library.
        Assert.Equal(0x08922974u, ElfSymbolVersion.Hash("GLIBCXX_3.4"));
        Assert.Equal(0x09691a75u, ElfSymbolVersion.Hash("GLIBC_2.2.5"));
    }

    private static byte[] Shipped()
    {
        var path = TorchRuntime.LibraryFolders().Select(folder => Path.Combine(folder, Library)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, $"needs {Library}, which only Linux builds have");
        return File.ReadAllBytes(path);
    }
}
