package obligation

// Retain bounds how long conversations are kept.
type Retain struct {
	// TranscriptMinDays and TranscriptMaxDays bound how long transcripts are kept.
	TranscriptMinDays Shown[int] `dimension:"retention.transcriptMin"`
	TranscriptMaxDays Shown[int] `dimension:"retention.transcriptMax"`
	// RecordingMaxDays is how long voice recordings are kept at most.
	RecordingMaxDays Shown[int] `dimension:"retention.recordingMax"`
	// DeleteAtEnd requires erasure or anonymization when the purpose has ended.
	DeleteAtEnd Shown[bool] `dimension:"retention.deleteAtEnd"`
}
