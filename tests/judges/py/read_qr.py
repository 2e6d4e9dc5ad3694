"""Reads the QR symbols of one picture with zxing-cpp and prints their text, one a line."""

import sys

import zxingcpp
from PIL import Image

for found in zxingcpp.read_barcodes(Image.open(sys.argv[1]).convert("L")):
    if found.format == zxingcpp.BarcodeFormat.QRCode:
        print(found.text)
