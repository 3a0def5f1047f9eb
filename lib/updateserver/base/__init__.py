"""What every room uses: text, names, secrets, hostile XML. It knows nothing of polls or certificates."""
