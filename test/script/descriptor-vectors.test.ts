/** The examples of BIP 380 to 387 and 389, and of Core's own tests: what is valid with its scripts, and what is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/bytes/hex.ts';
import { mainnet } from '../../src/networks/mainnet.ts';
import { type Descriptor, type DescriptorFault, parseDescriptor } from '../../src/script/descriptor.ts';
import { publicDescriptor } from '../support/public-descriptor.ts';

const WIF = 'L4rK1yDtCWekvXuE6oXD9jCYfFNV2cWRpVuPLBcCU2z8TrisoyY1';
const WIF_UNCOMPRESSED = '5KYZdUEo39z3FPrtuX2QbbwGnNP5zTd7yyr2SC1j299sBCnWjss';
const X = 'a34b99f22c790c4e36b2b3c2c35a36db06226e41c692fc82b8b56ac1c540c5bd';
const KEY = `03${X}`;
const UNCOMPRESSED = `04${X}5b8dec5235a0fa8722476c7709c02559e3aa73aa03918ba2d492eea75abea235`;
/** Of BIP 341: nobody knows its private key. */
const NUMS = '50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0';
const OTHER = '0260b2003c386519fc9eadf2b5cf124dd8eea4c4e68d5e154050a9346ea98ce600';

const XPRV_A =
  'xprvA1RpRA33e1JQ7ifknakTFpgNXPmW2YvmhqLQYMmrj4xJXXWYpDPS3xz7iAxn8L39njGVyuoseXzU6rcxFLJ8HFsTjSyQbLYnMpCqE2VbFWc';
const XPUB_A =
  'xpub6ERApfZwUNrhLCkDtcHTcxd75RbzS1ed54G1LkBUHQVHQKqhMkhgbmJbZRkrgZw4koxb5JaHWkY4ALHY2grBGRjaDMzQLcgJvLJuZZvRcEL';
const XPRV_B =
  'xprv9uPDJpEQgRQfDcW7BkF7eTya6RPxXeJCqCJGHuCJ4GiRVLzkTXBAJMu2qaMWPrS7AANYqdq6vcBcBUdJCVVFceUvJFjaPdGZ2y9WACViL4L';
const XPUB_B =
  'xpub68NZiKmJWnxxS6aaHmn81bvJeTESw724CRDs6HbuccFQN9Ku14VQrADWgqbhhTHBaohPX4CjNLf9fq9MYo6oDaPPLPxSb7gwQN3ih19Zm4Y';
const XPRV_C =
  'xprv9s21ZrQH143K31xYSDQpPDxsXRTUcvj2iNHm5NUtrGiGG5e2DtALGdso3pGz6ssrdK4PFmM8NSpSBHNqPqm55Qn3LqFtT2emdEXVYsCzC2U';
const XPUB_C_HARDENED =
  'xpub69H7F5dQzmVd3vPuLKtcXJziMEQByuDidnX3YdwgtNsecY5HRGtAAQC5mXTt4dsv9RzyjgDjAQs9VGVV6ydYCHnprc9vvaA5YtqWyL6hyds';
const XPRV_D =
  'xprv9vHkqa6EV4sPZHYqZznhT2NPtPCjKuDKGY38FBWLvgaDx45zo9WQRUT3dKYnjwih2yJD9mkrocEZXo1ex8G81dwSM1fwqWpWkeS3v86pgKt';
const XPUB_D =
  'xpub69H7F5d8KSRgmmdJg2KhpAK8SR3DjMwAdkxj3ZuxV27CprR9LgpeyGmXUbC6wb7ERfvrnKZjXoUmmDznezpbZb7ap6r1D3tgFxHmwMkQTPH';
const XPRV_E =
  'xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi';
const XPRV_F =
  'xprvA2JDeKCSNNZky6uBCviVfJSKyQ1mDYahRjijr5idH2WwLsEd4Hsb2Tyh8RfQMuPh7f7RtyzTtdrbdqqsunu5Mm3wDvUAKRHSC34sJ7in334';
const XPUB_G =
  'xpub661MyMwAqRbcFW31YEwpkMuc5THy2PSt5bDMsktWQcFF8syAmRUapSCGu8ED9W6oDMSgv6Zz8idoc4a6mr8BDzTJY47LJhkJ8UB7WEGuduB';
const XPUB_H =
  'xpub661MyMwAqRbcGDZQUKLqmWodYLcoBQnQH33yYkkF3jjxeLvY8qr2wWGEWkiKFaaQfJCoi3HeEq3Dc5DptfbCyjD38fNhSqtKc1UHaP4ba3t';
const XPUB_I =
  'xpub661MyMwAqRbcF3yVrV2KyYetLMYA5mCbv4BhrKwUrFE9LZM6JRR1AEt8Jq4V4C8LwtTke6YEEdCZqgXp85YRk2j74EfJKhe3QybQ9kcUjs4';

const SIXTEEN_KEYS =
  '03669b8afcec803a0d323e9a17f3ea8e68e8abe5a278020a929adbec52421adbd0,0260b2003c386519fc9eadf2b5cf124dd8eea4c4e68d5e154050a9346ea98ce600,' +
  '0362a74e399c39ed5593852a30147f2959b56bb827dfa3e60e464b02ccf87dc5e8,0261345b53de74a4d721ef877c255429961b7e43714171ac06168d7e08c542a8b8,' +
  '02da72e8b46901a65d4374fe6315538d8f368557dda3a1dcf9ea903f3afe7314c8,0318c82dd0b53fd3a932d16e0ba9e278fcc937c582d5781be626ff16e201f72286,' +
  '0297ccef1ef99f9d73dec9ad37476ddb232f1238aff877af19e72ba04493361009,02e502cfd5c3f972fe9a3e2a18827820638f96b6f347e54d63deb839011fd5765d,' +
  '03e687710f0e3ebe81c1037074da939d409c0025f17eb86adb9427d28f0f7ae0e9,02c04d3a5274952acdbc76987f3184b346a483d43be40874624b29e3692c1df5af,' +
  '02ed06e0f418b5b43a7ec01d1d7d27290fa15f75771cb69b642a51471c29c84acd,036d46073cbb9ffee90473f3da429abc8de7f8751199da44485682a989a4bebb24,' +
  '02f5d1ff7c9029a80a4e36b9a5497027ef7f3e73384a4a94fbfe7c4e9164eec8bc,02e41deffd1b7cce11cde209a781adcffdabd1b91c0ba0375857a2bfd9302419f3,' +
  '02d76625f7956a7fc505ab02556c23ee72d832f1bac391bcd2d3abce5710a13d06,0399eb0a5487515802dc14544cf10b3666623762fbed2ec38a3975716e2c29c232';
const TWENTY_WIFS =
  'KzoAz5CanayRKex3fSLQ2BwJpN7U52gZvxMyk78nDMHuqrUxuSJy,KwGNz6YCCQtYvFzMtrC6D3tKTKdBBboMrLTsjr2NYVBwapCkn7Mr,' +
  'KxogYhiNfwxuswvXV66eFyKcCpm7dZ7TqHVqujHAVUjJxyivxQ9X,L2BUNduTSyZwZjwNHynQTF14mv2uz2NRq5n5sYWTb4FkkmqgEE9f,' +
  'L1okJGHGn1kFjdXHKxXjwVVtmCMR2JA5QsbKCSpSb7ReQjezKeoD,KxDCNSST75HFPaW5QKpzHtAyaCQC7p9Vo3FYfi2u4dXD1vgMiboK,' +
  'L5edQjFtnkcf5UWURn6UuuoFrabgDQUHdheKCziwN42aLwS3KizU,KzF8UWFcEC7BYTq8Go1xVimMkDmyNYVmXV5PV7RuDicvAocoPB8i,' +
  'L3nHUboKG2w4VSJ5jYZ5CBM97oeK6YuKvfZxrefdShECcjEYKMWZ,KyjHo36dWkYhimKmVVmQTq3gERv3pnqA4xFCpvUgbGDJad7eS8WE,' +
  'KwsfyHKRUTZPQtysN7M3tZ4GXTnuov5XRgjdF2XCG8faAPmFruRF,KzCUbGhN9LJhdeFfL9zQgTJMjqxdBKEekRGZX24hXdgCNCijkkap,' +
  'KzgpMBwwsDLwkaC5UrmBgCYaBD2WgZ7PBoGYXR8KT7gCA9UTN5a3,KyBXTPy4T7YG4q9tcAM3LkvfRpD1ybHMvcJ2ehaWXaSqeGUxEdkP,' +
  'KzJDe9iwJRPtKP2F2AoN6zBgzS7uiuAwhWCfGdNeYJ3PC1HNJ8M8,L1xbHrxynrqLKkoYc4qtoQPx6uy5qYXR5ZDYVYBSRmCV5piU3JG9,' +
  'KzRedjSwMggebB3VufhbzpYJnvHfHe9kPJSjCU5QpJdAW3NSZxYS,Kyjtp5858xL7JfeV4PNRCKy2t6XvgqNNepArGY9F9F1SSPqNEMs3,' +
  'L2D4RLHPiHBidkHS8ftx11jJk1hGFELvxh8LoxNQheaGT58dKenW,KyLPZdwY4td98bKkXqEXTEBX3vwEYTQo1yyLjX2jKXA63GBpmSjv';

const MULTI_SCRIPT = `5121${KEY}41${UNCOMPRESSED}52ae`;

/** Descriptors, and their scripts at the indexes 0, 1 and 2; those that are not ranged have the same at each. */
const VALID: readonly (readonly [string, ...string[]])[] = [
  // BIP 380
  ['raw(deadbeef)#89f8spxm', 'deadbeef'],
  ['raw(deadbeef)', 'deadbeef'],
  // BIP 381
  [`pk(${WIF})`, `21${KEY}ac`],
  [`pk(${KEY})`, `21${KEY}ac`],
  [`pkh([deadbeef/1/2'/3/4']${WIF})`, '76a9149a1c78a507689f6f54b847ad1cef1e614ee23f1e88ac'],
  [`pkh([deadbeef/1/2'/3/4']${KEY})`, '76a9149a1c78a507689f6f54b847ad1cef1e614ee23f1e88ac'],
  [`pkh([deadbeef/1/2h/3/4h]${KEY})`, '76a9149a1c78a507689f6f54b847ad1cef1e614ee23f1e88ac'],
  [`pk(${WIF_UNCOMPRESSED})`, `41${UNCOMPRESSED}ac`],
  [`pk(${UNCOMPRESSED})`, `41${UNCOMPRESSED}ac`],
  [`pkh(${WIF_UNCOMPRESSED})`, '76a914b5bd079c4d57cc7fc28ecf8213a6b791625b818388ac'],
  [`pkh(${UNCOMPRESSED})`, '76a914b5bd079c4d57cc7fc28ecf8213a6b791625b818388ac'],
  [`sh(pk(${KEY}))`, 'a9141857af51a5e516552b3086430fd8ce55f7c1a52487'],
  [`sh(pkh(${KEY}))`, 'a9141a31ad23bf49c247dd531a623c2ef57da3c400c587'],
  [`pkh(${XPRV_C}/2147483647'/0)`, '76a914ebdc90806a9c4356c1c88e42216611e1cb4c1c1788ac'],
  [`pkh([bd16bee5/2147483647h]${XPUB_C_HARDENED}/0)`, '76a914ebdc90806a9c4356c1c88e42216611e1cb4c1c1788ac'],
  [`pk(${XPRV_B}/0)`, '210379e45b3cf75f9c5f9befd8e9506fb962f6a9d185ac87001ec44a8d3df8d4a9e3ac'],
  [`pk(${XPUB_B}/0)`, '210379e45b3cf75f9c5f9befd8e9506fb962f6a9d185ac87001ec44a8d3df8d4a9e3ac'],
  // BIP 382
  [`wpkh(${KEY})`, '00149a1c78a507689f6f54b847ad1cef1e614ee23f1e'],
  [`wpkh([ffffffff/13']${XPRV_D}/1/2/0)`, '0014326b2249e3a25d5dc60935f044ee835d090ba859'],
  [
    `wpkh([ffffffff/13']${XPUB_D}/1/2/*)`,
    '0014326b2249e3a25d5dc60935f044ee835d090ba859',
    '0014af0bd98abc2f2cae66e36896a39ffe2d32984fb7',
    '00141fa798efd1cbf95cebf912c031b8a4a6e9fb9f27',
  ],
  [`sh(wpkh(${KEY}))`, 'a91484ab21b1b2fd065d4504ff693d832434b6108d7b87'],
  [`sh(wpkh(${XPRV_E}/10/20/30/40/0'))`, 'a9149a4d9901d6af519b2a23d4a2f51650fcba87ce7b87'],
  [`sh(wpkh(${XPRV_E}/10/20/30/40/2h))`, 'a9148483aa1116eb9c05c482a72bada4b1db24af654387'],
  [`wsh(pkh(${KEY}))`, '0020338e023079b91c58571b20e602d7805fb808c22473cbc391a41b1bd3a192e75b'],
  [`wsh(pk(${KEY}))`, '00202e271faa2325c199d25d22e1ead982e45b64eeb4f31e73dbdf41bd4b5fec23fa'],
  [`sh(wsh(pkh(${KEY})))`, 'a914b61b92e2ca21bac1e72a3ab859a742982bea960a87'],
  [`sh(wsh(pk(${KEY})))`, 'a91472d0c5a3bfad8c3e7bd5303a72b94240e80b6f1787'],
  // BIP 383
  [`multi(1,${WIF},${WIF_UNCOMPRESSED})`, MULTI_SCRIPT],
  [`multi(1,${KEY},${UNCOMPRESSED})`, MULTI_SCRIPT],
  [`sortedmulti(1,${UNCOMPRESSED},${KEY})`, MULTI_SCRIPT],
  [`sh(multi(2,[00000000/111'/222]${XPRV_A},${XPRV_B}/0))`, 'a91445a9a622a8b0a1269944be477640eedc447bbd8487'],
  [
    `sortedmulti(2,${XPUB_A}/*,${XPUB_B}/0/0/*)`,
    '5221025d5fc65ebb8d44a5274b53bac21ff8307fec2334a32df05553459f8b1f7fe1b62102fbd47cc8034098f0e6a94c6aeee8528abf0a2153a5d8e46d325b7284c046784652ae',
    '52210264fd4d1f5dea8ded94c61e9641309349b62f27fbffe807291f664e286bfbe6472103f4ece6dfccfa37b211eb3d0af4d0c61dba9ef698622dc17eecdf764beeb005a652ae',
    '5221022ccabda84c30bad578b13c89eb3b9544ce149787e5b538175b1d1ba259cbb83321024d902e1a2fc7a8755ab5b694c575fce742c48d9ff192e63df5193e4c7afe1f9c52ae',
  ],
  [
    `wsh(multi(2,${XPRV_C}/2147483647'/0,${XPRV_D}/1/2/0,${XPRV_E}/10/20/30/40/0'))`,
    '0020b92623201f3bb7c3771d45b2ad1d0351ea8fbf8cfe0a0e570264e1075fa1948f',
  ],
  [
    `wsh(multi(2,${XPRV_C}/2147483647'/0,${XPRV_D}/1/2/1,${XPRV_E}/10/20/30/40/1'))`,
    '002036a08bbe4923af41cf4316817c93b8d37e2f635dd25cfff06bd50df6ae7ea203',
  ],
  [`sh(wsh(multi(16,${SIXTEEN_KEYS})))`, 'a9147fc63e13dc25e8a95a3cee3d9a714ac3afd96f1e87'],
  [`wsh(multi(20,${TWENTY_WIFS}))`, '0020376bd8344b8b6ebe504ff85ef743eaa1aa9272178223bcb6887e9378efb341ac'],
  [`sh(wsh(multi(20,${TWENTY_WIFS})))`, 'a914c2c9c510e9d7f92fd6131e94803a8d34a8ef675e87'],
  // BIP 385
  [`raw(${MULTI_SCRIPT})`, MULTI_SCRIPT],
  ['raw(a9149a4d9901d6af519b2a23d4a2f51650fcba87ce7b87)', 'a9149a4d9901d6af519b2a23d4a2f51650fcba87ce7b87'],
  ['addr(3PUNyaW7M55oKWJ3kDukwk9bsKvryra15j)', 'a914eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee87'],
  // BIP 386
  [`tr(${X})`, '512077aab6e066f8a7419c5ab714c12c67d25007ed55a43cadcacb4d7a970a093f11'],
  [`tr(${WIF})`, '512077aab6e066f8a7419c5ab714c12c67d25007ed55a43cadcacb4d7a970a093f11'],
  [
    `tr(${XPRV_A}/0/*,pk(${XPRV_A}/1/*))`,
    '512078bc707124daa551b65af74de2ec128b7525e10f374dc67b64e00ce0ab8b3e12',
    '512001f0a02a17808c20134b78faab80ef93ffba82261ccef0a2314f5d62b6438f11',
    '512021024954fcec88237a9386fce80ef2ced5f1e91b422b26c59ccfc174c8d1ad25',
  ],
  [
    `tr(${X},pk(669b8afcec803a0d323e9a17f3ea8e68e8abe5a278020a929adbec52421adbd0))`,
    '512017cf18db381d836d8923b1bdb246cfcd818da1a9f0e6e7907f187f0b2f937754',
  ],
  [
    `tr(${X},{pk(${XPRV_F}/0),{{pk(${XPUB_A}),pk(02df12b7035bdac8e3bab862a3a83d06ea6b17b6753d52edecba9be46f5d09e076)},pk(${WIF})}})`,
    '512071fff39599a7b78bc02623cbe814efebf1a404f5d8ad34ea80f213bd8943f574',
  ],
  // BIP 387
  [
    `tr(${WIF},multi_a(1,KzoAz5CanayRKex3fSLQ2BwJpN7U52gZvxMyk78nDMHuqrUxuSJy))`,
    '5120eb5bd3894327d75093891cc3a62506df7d58ec137fcd104cdd285d67816074f3',
  ],
  [
    `tr(${X},multi_a(1,669b8afcec803a0d323e9a17f3ea8e68e8abe5a278020a929adbec52421adbd0))`,
    '5120eb5bd3894327d75093891cc3a62506df7d58ec137fcd104cdd285d67816074f3',
  ],
  [
    `tr(${NUMS},multi_a(2,[00000000/111'/222]${XPRV_A},${XPRV_B}/0))`,
    '51202eea93581594a43c0c8423b70dc112e5651df63984d108d4fc8ccd3b63b4eafa',
  ],
  [
    `tr(${NUMS},sortedmulti_a(2,[00000000/111'/222]${XPRV_A},${XPRV_B}/0))`,
    '512016fa6a6ba7e98c54b5bf43b3144912b78a61b60b02f6a74172b8dcb35b12bc30',
  ],
  [
    `tr(${NUMS},sortedmulti_a(2,${XPUB_A}/*,${XPUB_B}/0/0/*))`,
    '5120abd47468515223f58a1a18edfde709a7a2aab2b696d59ecf8c34f0ba274ef772',
    '5120fe62e7ed20705bd1d3678e072bc999acb014f07795fa02cb8f25a7aa787e8cbd',
    '51201311093750f459039adaa2a5ed23b0f7a8ae2c2ffb07c5390ea37e2fb1050b41',
  ],
  [
    `tr(${NUMS},multi_a(2,${XPRV_C}/2147483647'/0,${XPRV_D}/1/2/2,${XPRV_E}/10/20/30/40/2'))`,
    '5120647495ed09de61a3a324704f9203c130d655bf3141f9b748df8f7be7e9af55a4',
  ],
];

for (const [text, ...expected] of VALID) {
  test(`${shortened(text)} stands for its published scripts`, () => {
    const descriptor = parsed(publicDescriptor(text));
    assert.equal(descriptor.isRanged, expected.length > 1);
    for (const index of [0, 1, 2]) {
      const scripts = descriptor.scriptsAt(index).map(toHex);
      assert.deepEqual(scripts, [expected[descriptor.isRanged ? index : 0]]);
    }
  });
}

test('combo() stands for four scripts with a compressed key, and for two with another (BIP 384)', () => {
  assert.deepEqual(parsed(`combo(${KEY})`).scriptsAt(0).map(toHex), [
    `21${KEY}ac`,
    '76a9149a1c78a507689f6f54b847ad1cef1e614ee23f1e88ac',
    '00149a1c78a507689f6f54b847ad1cef1e614ee23f1e',
    'a91484ab21b1b2fd065d4504ff693d832434b6108d7b87',
  ]);
  assert.deepEqual(parsed(`combo(${UNCOMPRESSED})`).scriptsAt(0).map(toHex), [
    `41${UNCOMPRESSED}ac`,
    '76a914b5bd079c4d57cc7fc28ecf8213a6b791625b818388ac',
  ]);
});

/** Descriptors with several paths, and the descriptors that they expand into (BIP 389). */
const EXPANDED: readonly (readonly [string, ...string[]])[] = [
  [`pk(${XPUB_B}/<0;1>)`, `pk(${XPUB_B}/0)`, `pk(${XPUB_B}/1)`],
  [`wpkh([ffffffff/13h]${XPUB_D}/<1;3>/2/*)`, `wpkh(${XPUB_D}/1/2/*)`, `wpkh(${XPUB_D}/3/2/*)`],
  [
    `multi(2,${XPUB_A}/<1;2>/*,${XPUB_B}/<3;4>/0/*)`,
    `multi(2,${XPUB_A}/1/*,${XPUB_B}/3/0/*)`,
    `multi(2,${XPUB_A}/2/*,${XPUB_B}/4/0/*)`,
  ],
  [`pkh(${XPUB_G}/<0;1;2>)`, `pkh(${XPUB_G}/0)`, `pkh(${XPUB_G}/1)`, `pkh(${XPUB_G}/2)`],
  [
    `sh(multi(2,${XPUB_A}/<1;2;3>/0/*,${XPUB_B}/0/*,${XPUB_H}/0/0/<3;4;5>/*))`,
    `sh(multi(2,${XPUB_A}/1/0/*,${XPUB_B}/0/*,${XPUB_H}/0/0/3/*))`,
    `sh(multi(2,${XPUB_A}/2/0/*,${XPUB_B}/0/*,${XPUB_H}/0/0/4/*))`,
    `sh(multi(2,${XPUB_A}/3/0/*,${XPUB_B}/0/*,${XPUB_H}/0/0/5/*))`,
  ],
  [
    `tr(${XPUB_I}/<6;7>/*,{pk(${XPUB_A}/<1;2>/0/*),pk(${XPUB_H}/*)})`,
    `tr(${XPUB_I}/6/*,{pk(${XPUB_A}/1/0/*),pk(${XPUB_H}/*)})`,
    `tr(${XPUB_I}/7/*,{pk(${XPUB_A}/2/0/*),pk(${XPUB_H}/*)})`,
  ],
  [`combo(${XPUB_A}/<0;1>/*)`, `combo(${XPUB_A}/0/*)`, `combo(${XPUB_A}/1/*)`],
];

for (const [text, ...each] of EXPANDED) {
  test(`${shortened(text)} stands for the scripts of ${each.length} descriptors, one after another`, () => {
    const whole = parsed(text);
    for (const index of [0, 1, 2]) {
      const expected = each.flatMap((one) => parsed(one).scriptsAt(index)).map(toHex);
      assert.deepEqual(whole.scriptsAt(index).map(toHex), expected);
    }
  });
}

const SYNTAX = 'descriptor-syntax';
const CHECKSUM = 'descriptor-checksum';
const PRIVATE = 'descriptor-private-key';

/** What the BIPs call invalid; private keys in it are taken for public ones unless that is what is refused. */
const INVALID: readonly (readonly [string, string, DescriptorFault])[] = [
  ['a checksum of no characters', 'raw(deadbeef)#', CHECKSUM],
  ['a checksum of nine characters', 'raw(deadbeef)#89f8spxmx', CHECKSUM],
  ['a checksum of seven characters', 'raw(deadbeef)#89f8spx', CHECKSUM],
  ['a checksum of another text', 'raw(deedbeef)#89f8spxm', CHECKSUM],
  ['two signs before the checksum', 'raw(deedbeef)##9f8spxm', CHECKSUM],
  ['a letter that descriptors do not have', 'raw(Ü)#00000000', SYNTAX],
  ['a star in an origin', `pk([deadbeef/0h/0h/0h/*]${OTHER})`, SYNTAX],
  ['a slash at the end of an origin', `pk([deadbeef/0h/0h/0h/]${OTHER})`, SYNTAX],
  ['a short fingerprint', `pk([deadbef/0h/0h/0h]${OTHER})`, SYNTAX],
  ['a long fingerprint', `pk([deadbeeef/0h/0h/0h]${OTHER})`, SYNTAX],
  ['an f for hardened', `pk([deadbeef/0f/0f/0f]${OTHER})`, SYNTAX],
  ['an H for hardened', `pk([deadbeef/0H/0H/0H]${OTHER})`, SYNTAX],
  ['a minus', `pk([deadbeef/-0/-0/-0]${OTHER})`, SYNTAX],
  ['a private key with a path', `pk(${WIF}/0)`, PRIVATE],
  ['a private key with children', `pk(${WIF}/*)`, PRIVATE],
  ['a step of 2^31', `pk(${XPUB_A}/2147483648)`, SYNTAX],
  ['a step with letters', `pk(${XPUB_A}/1aa)`, SYNTAX],
  ['two origins', `pk([aaaaaaaa][aaaaaaaa]${XPUB_A}/0)`, SYNTAX],
  ['an origin without its start', `pk(aaaaaaaa]${XPUB_A}/0)`, SYNTAX],
  ['a fingerprint of other letters', `pk([gaaaaaaa]${XPUB_A}/0)`, SYNTAX],
  ['an origin of no key', 'pk([deadbeef])', SYNTAX],
  ['a hardened step of a public key', `pk(${XPUB_A}/3h/4h/5h/*)`, PRIVATE],
  ['hardened children of a public key', `pk([deadbeef/0h/1h/2]${XPUB_A}/3/*h)`, PRIVATE],
  ['hardened children, with an apostrophe', `pk(${XPUB_A}/*')`, PRIVATE],
  ['pk() in pk()', `pk(pk(${KEY}))`, SYNTAX],
  ['pk() in pkh()', `pkh(pk(${KEY}))`, SYNTAX],
  ['a key in sh()', `sh(${KEY})`, SYNTAX],
  ['sh() in sh()', `sh(sh(pkh(${KEY})))`, SYNTAX],
  ['a whole key in wpkh()', `wpkh(${UNCOMPRESSED})`, SYNTAX],
  ['a whole key in sh(wpkh())', `sh(wpkh(${UNCOMPRESSED}))`, SYNTAX],
  ['a whole key in wsh()', `wsh(pk(${UNCOMPRESSED}))`, SYNTAX],
  ['wpkh() in wsh()', `wsh(wpkh(${KEY}))`, SYNTAX],
  ['wsh() in wsh()', `wsh(wsh(pkh(${KEY})))`, SYNTAX],
  ['wsh() in wsh() in sh()', `sh(wsh(wsh(pkh(${KEY}))))`, SYNTAX],
  ['a script in wpkh()', `wpkh(wsh(pkh(${KEY})))`, SYNTAX],
  ['a key in wsh()', `wsh(${KEY})`, SYNTAX],
  ['sixteen keys in sh()', `sh(multi(16,${SIXTEEN_KEYS}))`, SYNTAX],
  ['a letter for a number', `multi(a,${KEY},${UNCOMPRESSED})`, SYNTAX],
  ['none of two', `multi(0,${KEY},${UNCOMPRESSED})`, SYNTAX],
  ['three of two', `multi(3,${KEY},${UNCOMPRESSED})`, SYNTAX],
  ['four keys on their own', `multi(1,${KEY},${KEY},${KEY},${KEY})`, SYNTAX],
  ['combo() in sh()', `sh(combo(${KEY}))`, SYNTAX],
  ['raw() of no digits', 'raw(asdf)', SYNTAX],
  ['addr() of no address', 'addr(asdf)', SYNTAX],
  ['raw() in sh()', 'sh(raw(deadbeef))', SYNTAX],
  ['raw() in wsh()', 'wsh(raw(deadbeef))', SYNTAX],
  ['addr() in sh()', 'sh(addr(3PUNyaW7M55oKWJ3kDukwk9bsKvryra15j))', SYNTAX],
  ['addr() in wsh()', 'wsh(addr(3PUNyaW7M55oKWJ3kDukwk9bsKvryra15j))', SYNTAX],
  ['a whole key in tr()', `tr(${UNCOMPRESSED})`, SYNTAX],
  ['tr() in wsh()', `wsh(tr(${X}))`, SYNTAX],
  ['tr() in sh()', `sh(tr(${X}))`, SYNTAX],
  ['a space before a leaf', `tr(${X}, pkh(${KEY}))`, SYNTAX],
  ['pkh() in a leaf', `tr(${X},pkh(${KEY}))`, 'descriptor-unsupported'],
  ['multi_a() on its own', `multi_a(1,${OTHER})`, SYNTAX],
  ['multi_a() in sh()', `sh(multi_a(1,${OTHER}))`, SYNTAX],
  ['multi_a() in wsh()', `wsh(multi_a(1,${OTHER}))`, SYNTAX],
  ['multi() in a leaf', `tr(${X},multi(1,${OTHER}))`, SYNTAX],
  ['a letter for a number in a leaf', `tr(${NUMS},multi_a(a,${KEY}))`, SYNTAX],
  ['none of one in a leaf', `tr(${NUMS},multi_a(0,${KEY}))`, SYNTAX],
  ['a whole key in a leaf', `tr(${NUMS},multi_a(1,${UNCOMPRESSED}))`, SYNTAX],
  ['three of two in a leaf', `tr(${NUMS},multi_a(3,${KEY},${KEY}))`, SYNTAX],
  ['two steps with several values', `pkh(${XPUB_G}/<0;1>/<2;3>)`, SYNTAX],
  ['several values in an origin', `pkh([deadbeef/<0;1>]${XPUB_G}/0)`, SYNTAX],
  [
    'four values beside three',
    `tr(${XPUB_I}/<6;7;8;9>/*,{pk(${XPUB_A}/<1;2;3>/0/*),pk(${XPUB_H}/0/0/<3;4;5>/*)})`,
    SYNTAX,
  ],
  ['three values beside two', `sh(multi(2,${XPUB_A}/<1;2;3>/0/*,${XPUB_H}/0/0/<3;4>/*))`, SYNTAX],
  ['a step with no values', `wpkh(${XPUB_G}/<>/*)`, SYNTAX],
  ['values without a start', `wpkh(${XPUB_G}/0>/*)`, SYNTAX],
  ['values without an end', `wpkh(${XPUB_G}/<0/*)`, SYNTAX],
  ['a value that is missing', `wpkh(${XPUB_G}/<0;>/*)`, SYNTAX],
  ['the same value twice', `wpkh(${XPUB_G}/<0;0>/*)`, SYNTAX],
  ['a hardened value', `wpkh(${XPUB_G}/<0h;1>/*)`, PRIVATE],
];

for (const [what, text, code] of INVALID) {
  test(`${what} is refused: ${code}`, () => {
    const result = parseDescriptor(text, mainnet);
    assert.equal('code' in result && result.code, code);
  });
}

test('every published example with a private key is refused as it stands', () => {
  const texts = VALID.map(([text]) => text).filter((text) => publicDescriptor(text) !== text);
  assert.ok(texts.length >= 15);
  for (const text of texts) {
    const result = parseDescriptor(text, mainnet);
    assert.equal('code' in result && result.code, PRIVATE, text);
  }
});

function parsed(text: string): Descriptor {
  const result = parseDescriptor(text, mainnet);
  if ('code' in result) throw new assert.AssertionError({ message: `${text}: ${result.detail}` });
  return result;
}

function shortened(text: string): string {
  return text.replaceAll(/[0-9A-Za-z]{30,}/g, (long) => `${long.slice(0, 4)}…${long.slice(-4)}`);
}
