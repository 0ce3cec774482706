using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;

namespace Vfi.Pipeline.Media;

/// <summary>How the picture lies in space: the halves of stereoscopic video, the projection of a sphere (360° and VR180).</summary>
/// <param name="Stereo">What one picture holds; null: not told.</param>
/// <param name="Sphere">Null: a flat picture.</param>
/// <param name="Lost">What is told of it besides and cannot be carried; null: nothing.</param>
public sealed record SpatialLayout(StereoHalves? Stereo, SphereProjection? Sphere, string? Lost)
{
    /// <summary>Reads what ffprobe tells.</summary>
    /// <param name="sideData">Of the stream.</param>
    /// <param name="frameStereo">What the first frame's bitstream says, in Matroska's words.</param>
    /// <param name="width">Of the picture.</param>
    /// <param name="height">Of the picture.</param>
    /// <returns>Null: nothing is told.</returns>
    public static SpatialLayout? Read(IEnumerable<JsonElement> sideData, string? frameStereo, int width, int height)
    {
        StereoHalves? stereo = frameStereo switch { "left_right" => StereoHalves.LeftRight, "top_bottom" => StereoHalves.TopBottom, _ => null };
        var lost = frameStereo is null or "mono" || stereo is not null ? null : $"the stereoscopic layout ({frameStereo})";
        SphereProjection? sphere = null;
        foreach (var data in sideData)
        {
            string? Text(string name) => data.TryGetProperty(name, out var value) ? value.ToString() : null;
            int Number(string name) => int.TryParse(Text(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : 0;
            if (Text("side_data_type") == "Stereo 3D" && Text("type") is { } type)
            {
                stereo = Number("inverted") != 0 ? null
                    : type switch { "2D" => StereoHalves.None, "top and bottom" => StereoHalves.TopBottom, "side by side" => StereoHalves.LeftRight, _ => null };
                lost = stereo is null ? $"the stereoscopic layout ({type}{(Number("inverted") != 0 ? ", inverted" : "")})" : lost;
            }
            else if (Text("side_data_type") == "Spherical Mapping")
            {
                sphere = Text("projection") switch
                {
                    "equirectangular" or "tiled equirectangular" => new SphereProjection(
                        null, Bounds(Number("bound_left"), Number("bound_right"), width), Bounds(Number("bound_top"), Number("bound_bottom"), height),
                        Number("yaw"), Number("pitch"), Number("roll")),
                    "cubemap" => new SphereProjection((uint)Number("padding"), default, default, Number("yaw"), Number("pitch"), Number("roll")),
                    _ => null,
                };
                lost = sphere is null ? $"the projection ({Text("projection")})" : lost;
            }
        }
        return stereo is null && sphere is null && lost is null ? null : new SpatialLayout(stereo, sphere, lost);
    }

    /// <summary>Boxes st3d and sv3d for a sample entry of MP4 (Google, Spherical Video V2 RFC); from there ffmpeg takes them into other containers.</summary>
    public byte[] Boxes()
    {
        byte[] stereo = Stereo is { } s ? FullBox("st3d", [(byte)s]) : [];
        if (Sphere is not { } sphere)
            return stereo;
        byte[] pose = FullBox("prhd", [.. BigEndian((uint)(sphere.Yaw << 16)), .. BigEndian((uint)(sphere.Pitch << 16)), .. BigEndian((uint)(sphere.Roll << 16))]);
        byte[] projection = sphere.CubemapPadding is { } padding ? FullBox("cbmp", [0, 0, 0, 0, .. BigEndian(padding)])
            : FullBox("equi", [.. BigEndian(sphere.Rows.Before), .. BigEndian(sphere.Rows.After), .. BigEndian(sphere.Columns.Before), .. BigEndian(sphere.Columns.After)]);
        return [.. stereo, .. Box("sv3d", [.. FullBox("svhd", [0]), .. Box("proj", [.. pose, .. projection])])];
    }

    /// <summary>Shares of the sphere in 32-bit fixed point, from pixels: ffmpeg rounds what lies before the picture up, and the whole down.</summary>
    private static (uint Before, uint After) Bounds(long before, long after, long size)
    {
        var (half, whole) = (before > 0 ? 1 : 0, 2 * (size + before + after));
        uint Share(long halfPixels) => (uint)((halfPixels * uint.MaxValue + whole - 1) / whole);
        return (Share(2 * before - half), Share(2 * after + half));
    }

    private static byte[] FullBox(string type, byte[] content) => Box(type, [0, 0, 0, 0, .. content]);

    private static byte[] Box(string type, byte[] content) => [.. BigEndian((uint)(8 + content.Length)), .. System.Text.Encoding.ASCII.GetBytes(type), .. content];

    private static byte[] BigEndian(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}

/// <summary>What a stereoscopic picture holds; the numbers are those of the box st3d.</summary>
public enum StereoHalves : byte
{
    None = 0,
    TopBottom = 1,
    LeftRight = 2,
}

/// <summary>A sphere on the picture.</summary>
/// <param name="CubemapPadding">Pixels around each face of a cube; null: equirectangular.</param>
/// <param name="Columns">What the picture lacks at its left and at its right, as a share of the sphere in 32-bit fixed point: a quarter each in VR180.</param>
/// <param name="Rows">The same above and below.</param>
/// <param name="Yaw">Degrees, as <paramref name="Pitch"/> and <paramref name="Roll"/>.</param>
/// <param name="Pitch">See <paramref name="Yaw"/>.</param>
/// <param name="Roll">See <paramref name="Yaw"/>.</param>
public sealed record SphereProjection(uint? CubemapPadding, (uint Before, uint After) Columns, (uint Before, uint After) Rows, int Yaw, int Pitch, int Roll);
