using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Native;

namespace AlignedProbing.Torch.Tests.Native;

public class TorchRuntimeTests
{
    [Fact]
    public void Missing_libraries_are_named_with_the_folders_looked_in()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["libc10.so"], "");
        var problem = TorchRuntime.LoadOnLinux([folder.FullPath]);
        Assert.NotNull(problem);
        Assert.Equal("torch-missing", problem.Code);
        Assert.Contains("libtorch_cpu.so, libtorch.so, libLibTorchSharp.so is in none of " + folder.FullPath, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Libraries_that_do_not_load_say_so()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "loads Linux libraries");
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "libc10.so", "libtorch_cpu.so", "libtorch.so", "libLibTorchSharp.so" })
        {
            File.WriteAllText(folder[name], "not a library");
        }

        var problem = TorchRuntime.LoadOnLinux([folder.FullPath]);
        Assert.NotNull(problem);
        Assert.Equal("torch-unloadable", problem.Code);
        Assert.Contains("libc10.so does not load", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_copy_is_written_once_and_mended_where_it_was_changed()
    {
        using var folder = new TemporaryFolder();
        byte[] image = [1, 2, 3];
        var path = RelaxedLibrary.TryWrite(image, folder["cache"], "a.so");
        Assert.NotNull(path);
        Assert.Equal(folder[Path.Combine("cache", "a.so")], path);
        File.WriteAllBytes(path, [1, 2, 4]);
        Assert.Equal(path, RelaxedLibrary.TryWrite(image, folder["cache"], "a.so"));
        Assert.Equal(image, File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(folder["cache"]));
    }

    [Fact]
    public void A_cache_that_cannot_be_written_is_no_error()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");
        Assert.Null(RelaxedLibrary.TryWrite([1], folder["file"], "a.so"));
        Assert.Null(RelaxedLibrary.TryWrite([1], "", "a.so"));
    }

    [Fact]
    public void Where_no_folder_can_be_written_the_copy_is_loaded_from_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Files in memory are Linux's.");
        var library = File.ReadLines("/proc/self/maps").Select(line => line.Split(' ')[^1]).First(path => path.Contains("/libm.so", StringComparison.Ordinal));
        // In this order: the loader knows a library by its path, and the second file has the number of the first.
        Assert.False(RelaxedLibrary.TryLoadFromMemory([1, 2, 3], "copy"));
        Assert.True(RelaxedLibrary.TryLoadFromMemory(File.ReadAllBytes(library), "copy"));
    }

    [Fact]
    public void A_device_is_found_by_name() => Assert.Equal(TorchSharp.DeviceType.CPU, TorchRuntime.Device("cpu").type);

    [Theory]
    [InlineData("cuda:999")]
    [InlineData("toaster")]
    [InlineData("")]
    [InlineData("meta")]
    public void A_device_that_is_not_there_is_a_named_error(string name) =>
        Assert.Equal("device-unavailable", Assert.Throws<InputException>(() => TorchRuntime.Device(name)).Code);
}
