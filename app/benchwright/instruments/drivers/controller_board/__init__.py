"""The controller board behind the device functions of scripts."""
