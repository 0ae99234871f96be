/** Anchors of testnet4; written by scripts/make-anchors.mjs. */

import type { PackedAnchors } from '../anchor-table.ts';

export const packedAnchors: PackedAnchors = {
  count: 69,
  firstHeight: 2015,
  spacing: 2016,
  hashes: [
    'HLw2qlgPqdwUrf7NpGqsU+2B4R8FlpFj78J/KpYcv2Tr7odPF6ey8gmsyLGtBwRJsrsLPFV8FWHWKhyzR2YvjvYaAOGUy5xQ+cQWrdSy1tTu',
    '6c1D/+MLG/gvNDadabIzJwk2w19yE/N8Ne1UQxf8wuTyHhsaAT+XoSTMIgxbhKgPnNWC9v7LLIOwpJ+fJiUbKf+NNNnwCmClzvZS8cpYSluN',
    '611NgK2y1rIUGwFfLZfmjnT5yikqKiVgIjhu2pmUPNQCw2fAAxsMjtmn4Sh5xVDQUathPNA4nR0WuKBb8SMNGAIacvoJgkkaN4YKHlz89Wpo',
    'WYqWnbATCiIih+0aOjK1rsd65GDhlxCdpWOkRYelBXz/MDjfgj4an6mZCZfpYMZOLkggz7oH0T21xGkCo7kYPwwazUU9xc+MOcBN4eeNnTVy',
    'Tf0+psgNeFMYkAIZzxQ9CFhk6Xzv+JRJPoFUhe3uJT0RFRb/phlUX3VQPWXQQxCxkEkhsJtvmMBnTCCoTy1uHLvehIILQtadcNa0xF1exXDt',
    'KokUNoM9Jerg+OoZZcdruetUku2NGraFN5/JlmHtPRGdSMrTYxm+vLgFdC0uLdysRbsYM7GM6eZ/22yrTGg/GYkYWXVga07wNUrJc7NDY88B',
    'si9zI1pbcx8cpNZMRTXSpzf0JXBr+0oMn1LXp27F7Hm0HnokHBweUmfn7EZn8oGoNbflBa2TSWR11mHzAUgKQNGsHJlu1S568NB4tsEB/Xuu',
    'zUh9FWa6ZwVySuWSJ1Qcuve/7ipsKzRLj4/GUnuTvBV2JDNxYolZVh8wyhzSWPxk4WqPUnJ+BltGXpnJJvZUpebc/V3JLq3kHHxLOifOMWAd',
    'DoE+AaiUsBseQD6UWBLh9b/WHHYcdHPrFuq9uchOoySZUxNAkv6SmLvxUcEVuTIgCBvnJ3aOs2JR0/9df6K2XegkdVnOBwREKvphMYUbLCWX',
    'DF1MgyZg8YnD6LL4L0aejUQISs668X4cHDVFbSbqer+imiI+YR6axYJilvnAWn2A+ese4QocAeSjByOHbmHjJQnhGpFCUhL3ExShosbvJpk+',
    'lxkf3CWX6OYFrq2zsgQgrCcECInt4adgZNYDHMS10+amBr8hJoo8A+q+Dg1indYyBCrYr9vij58ZCznkBHmTO5cs69oEzEJxNJ1wYYsR42ys',
    'Axq8USNNqiJly9W/BeXON8CDfrRp+4GsuKpEOBreVOpYicovEYNAcsel8nSs/wTbGcMYWX45YBzV6+qvlNe5mOSdXfql15UKlgNVCrkm7LzB',
    'cDshGnoBdk7yFliqxBpvAvU1cGCrMom20WFBR18OHB0pXSUgFhl8ps6bunEWtZ/GJuGY/jsEUq9PbbUboR5wRyZfAWD9CFbL1dDqJbX2GVmY',
    'CIAJlCsFHHYik5LFXmjbVzED22b2HY3164QLcdsLxTlmwOUciZ9eyz8mWzoTdEPEUlIhWuk49rV53bXAQmJZbxyYclqMma5MRS0uwyQYnVJ6',
    'Wh7UPVQ3x2OMe9yiHAXeCw122+VJWJLCEQc1v6SOokibzBkB0nJRmYocvekD3A0YGZazKDWpH8VrsM56zKhFKXBkG8TOCxsyD6Z2WzTGZl/2',
    'jvLcTiIL/GRLDCBBkdJ/dj8cmOf2JewGZeSMb6aIlno8vzskW1LDFrYTvYNoBBw1ZYUWhsrnsQVUcLNQ2pPaBwqQF20HKijucIYGHPS+pHeB',
    '6hAIAETuLkF7uQSQykiwhZOo/9j1sSYZv8AYufSMylF89FXB1u1UrJMsE6LdRCbnAhh4MQJCjmlr/vEsmwXGfznD4xqNIAz1IAocT2AHZsri',
    '+fivGU55PZWSKlYTHXU7TN1XPlwLChzO5idDd4XrEgiWZIVQ/F0Ahe8A8oa/IztE9rkDHP2i3HysFud+ddDPAloDphbnN3nAnprTZuj4aAYc',
    '3kHb/KioiymSxpbndQMlURNKAcKv0ESrnCMcBBzl4+iteOBoCjdtOGFw7yaHL7OCC2yp8uWNFMgIHIN41Y6/APQ5Ex6NRiTJ2UrWzvpfMoP+',
    'Nchjlggc8/0P4qymZsroJSACvKF2H4QDs7jmUeINRimSAxyBARyqoKcsvha+jlUfSeor/P11KY1h+i3/a2BrHKzdqf1gOKpAuMucj1f3ftm9',
    'd4tZRNa4U+jB3wUcSggiTXOJGU8vK9WPs8OcGXgzpEYRqfsKV97pAhxEiDSYnVa3DXI4iHGElgkUTJ+1DV7ZeQ8wWRMNHM1ZaI7QS7Hah8wf',
    'Q+qbiCaP7gIoq7LY0ckp2gQbrhfDPMZ/jZrBqwUiZqi4SQQLY6ISGpwVI1uCHHDMOdy4unVxAdBN5Fmyqrl3uf1Dx0sMSFGFxAMc3/IFisTY',
    'uIGZpb9F3zmNbAzuK+MTdpZQaQnfAhzlgkymMVoSN+Us8W4QMxPoKUkf3aUNxPlj33UMGfLVdf87gYwTvP+88/R7DZAvgebGmnCTMgMbeNGG',
    'ozoCHM53cntdOh1BKB4+dBuP433JuoO4Gxtf+ato6AwGaxb9cWQje+7rpSTJgRzROrlDJRueT/6bVvNSpByiloAfBT50YAVkGKRGc89S+gE=',
  ],
};
