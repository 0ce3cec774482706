namespace Vfi.Pipeline.Media;

/// <summary>The encoder as it was chosen for a conversion.</summary>
/// <param name="Encoder">Its entry in the catalogue.</param>
/// <param name="Quality">crf or its like; 0 is lossless; null: the encoder's default.</param>
/// <param name="Preset">Null: the encoder's default.</param>
/// <param name="PixelFormat">ffmpeg's name of what the encoder is fed.</param>
public sealed record EncoderSettings(Encoder Encoder, int? Quality, string? Preset, string PixelFormat);
